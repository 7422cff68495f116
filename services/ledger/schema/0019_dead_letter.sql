-- Dead letters that an operator has looked at and put away. The letter itself stays in its topic as long as that is kept; here it only stops being asked about.
CREATE TABLE intake.dead_letter (
    topic         text        NOT NULL,
    record_offset bigint      NOT NULL,
    actor         text        NOT NULL,
    because       text        NOT NULL,
    discarded_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, record_offset)
);
