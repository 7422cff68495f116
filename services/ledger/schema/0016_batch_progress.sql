-- How far endpoints of partners were told about a list (event batch.progress): the last of 20, 40, 60, 80, 100 percent. Lists of before are told nobody any more.
ALTER TABLE intake.batch ADD COLUMN progress_told smallint NOT NULL DEFAULT 0 CHECK (progress_told BETWEEN 0 AND 100);
UPDATE intake.batch SET progress_told = 100;
CREATE INDEX batch_untold ON intake.batch (batch_no) WHERE state = 4 AND progress_told < 100;
