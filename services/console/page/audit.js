// The audit trail, the newest first.
import { moment, paged, words } from "./elements.js";

export const audit = (mark) => paged("audit", mark, words.audit, [
  [words.at, (row) => moment(row.at)], [words.actor, (row) => row.actor], [words.action, (row) => row.action], [words.agreement, (row) => row.agreement_id || "-"], [words.detail, (row) => row.detail || "-", "long"]]);
