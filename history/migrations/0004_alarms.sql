-- What supervisors are to see, and who has seen it.

CREATE TABLE alarms (
  site TEXT NOT NULL, entry BIGINT NOT NULL, id TEXT NOT NULL, -- the journal entry's own
  happened BIGINT NOT NULL,
  kind TEXT NOT NULL, severity TEXT NOT NULL,      -- of the journal entry; warning, critical
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL, call TEXT NOT NULL, callback TEXT NOT NULL,
  detail TEXT NOT NULL,                            -- a code: what a violation was, why a phone or the trunk failed, the status of an overstay
  seen BIGINT NOT NULL, seen_by TEXT NOT NULL,     -- 0 and '': not yet
  PRIMARY KEY (site, entry)
);
CREATE INDEX alarms_happened ON alarms (site, happened);
