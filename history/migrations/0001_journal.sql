-- What happened, one row for each. Times are Unix ms, lengths ms. "entry" is the journal entry that a row was made
-- from (its time in ms * 2^20 + its count), "no" counts the rows of one entry. A number that was erased reads "erased-…".

CREATE TABLE feeds (             -- how far the journal of a site was read
  site     TEXT   NOT NULL PRIMARY KEY,
  position TEXT   NOT NULL,      -- the last entry that is in these tables
  entries  BIGINT NOT NULL,      -- how many were read
  lost     BIGINT NOT NULL,      -- how many were gone from Redis before they were read
  gaps     BIGINT NOT NULL,      -- how often that happened, with how many lost or not known
  unread   BIGINT NOT NULL,      -- how many could not be read
  happened BIGINT NOT NULL       -- when the last entry happened
);

CREATE TABLE calls (             -- a caller's call, or one to the client of a callback, from the answer to its end
  site TEXT NOT NULL, entry BIGINT NOT NULL, id TEXT NOT NULL,
  started BIGINT NOT NULL, ended BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, number TEXT NOT NULL, did TEXT NOT NULL,
  agent TEXT NOT NULL, outcome TEXT NOT NULL, callback TEXT NOT NULL,
  wait BIGINT NOT NULL, talk BIGINT NOT NULL, hold BIGINT NOT NULL,
  rating INTEGER NOT NULL,       -- 0: none
  result TEXT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX calls_started ON calls (site, started);
CREATE INDEX calls_id      ON calls (site, id);
CREATE INDEX calls_number  ON calls (site, number, started);

CREATE TABLE visits (            -- to the line of a queue
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, wait BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL,
  position INTEGER NOT NULL,     -- in line on entering it
  back TEXT NOT NULL,            -- why the caller came back after a talk
  outcome TEXT NOT NULL, agent TEXT NOT NULL,
  in_time INTEGER NOT NULL,      -- 1: within the service level of the queue, as it was then
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX visits_started ON visits (site, started);

CREATE TABLE offers (            -- a phone that rang for a caller or a callback
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  started BIGINT NOT NULL, ring BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL, call TEXT NOT NULL, callback TEXT NOT NULL,
  outcome TEXT NOT NULL,         -- "" while it rings, answered, cancelled, or why it was not taken
  PRIMARY KEY (site, entry)
);
CREATE INDEX offers_started  ON offers (site, started);
CREATE INDEX offers_call     ON offers (site, call);
CREATE INDEX offers_callback ON offers (site, callback);

CREATE TABLE talks (             -- of a caller or client with an agent, holds included
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, length BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL, callback TEXT NOT NULL, result TEXT NOT NULL,
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX talks_started ON talks (site, started);

CREATE TABLE holds (
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, length BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL,
  way TEXT NOT NULL, outcome TEXT NOT NULL,
  limited INTEGER NOT NULL,      -- 1: ended by the rule, not by a person
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX holds_started ON holds (site, started);

CREATE TABLE transfers (         -- third parties: transfers, consultations, supervisors who were called in
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, answered BIGINT NOT NULL, length BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL,
  way TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX transfers_started ON transfers (site, started);

CREATE TABLE recordings (
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, length BIGINT NOT NULL, paused BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL,
  name TEXT NOT NULL, broken TEXT NOT NULL,
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX recordings_started ON recordings (site, started);

CREATE TABLE listening (         -- stretches of a call in which a supervisor was in one mode
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, length BIGINT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, supervisor TEXT NOT NULL, mode TEXT NOT NULL,
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX listening_started ON listening (site, started);

CREATE TABLE callbacks (
  site TEXT NOT NULL, entry BIGINT NOT NULL, id TEXT NOT NULL,
  booked BIGINT NOT NULL, due BIGINT NOT NULL,
  ended BIGINT NOT NULL,         -- 0 while it is open
  breached BIGINT NOT NULL,      -- when its deadline passed; 0: it did not
  queue TEXT NOT NULL, language TEXT NOT NULL, number TEXT NOT NULL,
  class TEXT NOT NULL, origin TEXT NOT NULL, ordered_by TEXT NOT NULL, call TEXT NOT NULL,
  merged INTEGER NOT NULL, attempts INTEGER NOT NULL,
  agent TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX callbacks_booked ON callbacks (site, booked);
CREATE INDEX callbacks_id     ON callbacks (site, id);
CREATE INDEX callbacks_number ON callbacks (site, number);

CREATE TABLE attempts (          -- to reach the client of a callback
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  started BIGINT NOT NULL, callback TEXT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, agent TEXT NOT NULL,
  outcome TEXT NOT NULL,         -- why the client was not reached, or talked
  PRIMARY KEY (site, entry)
);
CREATE INDEX attempts_started ON attempts (site, started);

CREATE TABLE statuses (          -- of agents: a row for each stay in one, cut at each full hour when it is over (no 0, 1, …)
  site TEXT NOT NULL, entry BIGINT NOT NULL, no INTEGER NOT NULL,
  started BIGINT NOT NULL, ended BIGINT NOT NULL, -- 0 while it lasts
  agent TEXT NOT NULL, status TEXT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL,    -- of the talk that a wrap-up belongs to
  ordered_by TEXT NOT NULL,
  PRIMARY KEY (site, entry, no)
);
CREATE INDEX statuses_started ON statuses (site, started);
CREATE INDEX statuses_open    ON statuses (site, agent) WHERE ended = 0;

CREATE TABLE shifts (            -- from log-in to log-out
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  started BIGINT NOT NULL, ended BIGINT NOT NULL, -- 0 while it lasts
  agent TEXT NOT NULL, phone TEXT NOT NULL, late BIGINT NOT NULL,
  outcome TEXT NOT NULL, ordered_by TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX shifts_started ON shifts (site, started);
CREATE INDEX shifts_open    ON shifts (site, agent) WHERE ended = 0;

CREATE TABLE attendance (        -- against the roster and the bounds of statuses
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  happened BIGINT NOT NULL, agent TEXT NOT NULL,
  kind TEXT NOT NULL,            -- agent.late, agent.absent, agent.left_early, agent.overstay
  status TEXT NOT NULL, length BIGINT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX attendance_happened ON attendance (site, happened);

CREATE TABLE violations (        -- what an agent did that the rules forbid
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  happened BIGINT NOT NULL, agent TEXT NOT NULL, kind TEXT NOT NULL,
  queue TEXT NOT NULL, language TEXT NOT NULL, callback TEXT NOT NULL, status TEXT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX violations_happened ON violations (site, happened);

CREATE TABLE acts (              -- what supervisors and programs ordered
  site TEXT NOT NULL, entry BIGINT NOT NULL,
  happened BIGINT NOT NULL, ordered_by TEXT NOT NULL,
  kind TEXT NOT NULL,            -- of the journal entry: agent.order, callback.moved, number.cleared …
  agent TEXT NOT NULL, queue TEXT NOT NULL, call TEXT NOT NULL, callback TEXT NOT NULL, number TEXT NOT NULL,
  words TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (site, entry)
);
CREATE INDEX acts_happened ON acts (site, happened);
