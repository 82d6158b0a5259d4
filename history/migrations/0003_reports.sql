-- Reports about many calls read an index in its order: nothing is sorted, no row is looked up.

-- by 15 minutes of a line; in hours: what agents served while they waited for calls
CREATE INDEX visits_slot     ON visits   (site, (started / 900000), queue, language, started, outcome, in_time, wait);
CREATE INDEX talks_slot      ON talks    (site, (started / 900000), queue, language, started, length);
CREATE INDEX statuses_wrapup ON statuses (site, (started / 900000), queue, language, started, ended) WHERE status = 'wrapup';
DROP INDEX statuses_ready;
CREATE INDEX statuses_ready  ON statuses (site, (started / 3600000), serves, started, ended) WHERE serves <> '';

-- by agent
CREATE INDEX statuses_agent  ON statuses (site, agent, status, started, ended, no);
DROP INDEX statuses_open;        -- "ended" in it makes SQLite prefer it to statuses_agent
CREATE INDEX statuses_open   ON statuses (site, agent, ended) WHERE ended = 0;
DROP INDEX statuses_started;
CREATE INDEX statuses_started ON statuses (site, started);
DROP INDEX talks_started;
CREATE INDEX talks_started   ON talks    (site, started, agent, length);
DROP INDEX offers_started;
CREATE INDEX offers_started  ON offers   (site, started, agent, outcome);
CREATE INDEX calls_rated     ON calls    (site, started, agent, rating) WHERE rating > 0;
