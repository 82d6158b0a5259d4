// Package e2e tests the whole: the daemon on a real Asterisk and a real Redis,
// with SIP phones for the agents and a carrier for the callers. What is
// promised is checked where it is felt: at the caller's ear and at the agent's
// phone. The journal in Redis and the API only tell the tests when to go on.
//
// Tests of one lab run side by side, each with agents and a queue of its own;
// what disturbs others has a lab of its own. None waits for a guessed time,
// except where a rule itself names a time.
package e2e
