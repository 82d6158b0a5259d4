// Package dialplan is what lives on Asterisk's side of Kezek.
//
// [Write] makes the file that extensions.conf includes: where callers come in
// and what keeps them while the daemon is away, the codes that agents dial, and
// the lamps of their phones. [Server] is the FastAGI server that those codes
// call: it asks for the PIN, turns the code into a [queue.Event], and speaks
// the answer.
package dialplan
