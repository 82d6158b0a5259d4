-- Timesheets for payroll, their corrections, and what a whole call is told from.

CREATE TABLE corrections (       -- of the paid time of an agent's day, by a supervisor; the last one of a day counts
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  happened BIGINT NOT NULL, agent TEXT NOT NULL,
  day TEXT NOT NULL,             -- local, 2026-03-05
  paid BIGINT NOT NULL,
  restored INTEGER NOT NULL,     -- 1: what was recorded counts again
  ordered_by TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX corrections_day ON corrections (site, day);

ALTER TABLE attendance ADD COLUMN day   TEXT   NOT NULL DEFAULT ''; -- on whose timesheet it counts; "": that of its time
ALTER TABLE attendance ADD COLUMN begun BIGINT NOT NULL DEFAULT 0;  -- of agent.shift, a shift of the roster that is over; its length is the planned one

ALTER TABLE statuses ADD COLUMN serves TEXT NOT NULL DEFAULT '';    -- "|sales ru|sales ky|": what the agent has served since the log-in
CREATE TABLE serving (           -- the last log-in of each agent
  site TEXT NOT NULL, agent TEXT NOT NULL, serves TEXT NOT NULL,
  PRIMARY KEY (site, agent)
);
DROP INDEX statuses_started;     -- reports read the index alone
CREATE INDEX statuses_started ON statuses (site, started, ended, agent, status, no);
CREATE INDEX statuses_ready ON statuses (site, started, ended, serves) WHERE serves <> '';

CREATE INDEX attempts_callback   ON attempts (site, callback);
CREATE INDEX violations_callback ON violations (site, callback) WHERE callback <> '';
CREATE INDEX acts_call           ON acts (site, call) WHERE call <> '';
CREATE INDEX acts_callback       ON acts (site, callback) WHERE callback <> '';
CREATE INDEX callbacks_call      ON callbacks (site, call) WHERE call <> '';
