// Package bench measures Kezek and app_queue side by side: the same Asterisk,
// the same agents' phones, the same callers, in turns within one run.
//
// The agents are phones of package phone, because times are taken where they
// matter: at the phone, from its SIP messages and its audio. The callers are
// SIPp's, who send no audio, and some of package phone among them, who do and
// who listen. What is measured in which way is told in docs/performance.md,
// which a run writes.
//
// A run has these parts:
//
//   - the rules alone, by Go's benchmarks of package queuetest ([Plan.Steps]),
//   - rounds with callers waiting: how soon an agent who hangs up gets the next
//     call, and how soon agent and caller hear each other,
//   - rounds with a steady rate of calls and nobody waiting: the processor
//     time of a call, less that of idling for as long,
//   - a crowd: many callers wait, the daemon is killed, and more callers come.
package bench
