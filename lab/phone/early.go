package phone

import (
	"bytes"
	"fmt"
)

// Progress sends 183 Session Progress with a session of its own, and plays a sound to the far end before the
// answer: early media, such as a carrier's announcement.
func (c *Call) Progress(early Sound, session Session) error {
	c.responding.Lock()
	defer c.responding.Unlock()
	if !c.rings() {
		return fmt.Errorf("%v: cannot tell progress: %w", c, ErrEnded)
	}
	if err := c.media.open(c.line.addr.Addr()); err != nil {
		return err
	}
	c.note(ProgressSent, "")
	if err := c.respond(183, session(c.media.accept(c.offer))); err != nil {
		return err
	}
	c.media.play(early)
	c.media.agree(c.offer)
	return nil
}

// OneWaySession is that of a phone that does not want to hear the far end, and InactiveSession that of one that does not
// speak either.
func OneWaySession(own []byte) []byte {
	return bytes.Replace(own, []byte(sendrecv), []byte(sendonly), 1)
}
func InactiveSession(own []byte) []byte {
	return bytes.Replace(own, []byte(sendrecv), []byte(inactive), 1)
}
