// Package queuelog writes what happens in the queues as app_queue's queue_log has it, for the programs that read that: QueueMetrics,
// Asternic, FreePBX's reports, Wazo.
//
// A line of the journal gives its rows without a look at any other line ([Words.Rows], whose table is in table.go), so nothing has to
// be remembered. [Feed] reads the journal and keeps its place in it; a [Writer] has the rows in a file ([File]) or gives them to
// Asterisk ([Manager]).
package queuelog
