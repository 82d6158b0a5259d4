package phone

import "fmt"

// Progress sends 183 Session Progress with a session of its own, and plays a sound to the far end before the
// answer: early media, such as a carrier's announcement. Held: its session is sendonly until the answer, as
// that of phones which do not want to hear the far end yet.
func (c *Call) Progress(early Sound, held bool) error {
	c.responding.Lock()
	defer c.responding.Unlock()
	if !c.rings() {
		return fmt.Errorf("%v: cannot tell progress: %w", c, ErrEnded)
	}
	if err := c.media.open(c.line.addr.Addr()); err != nil {
		return err
	}
	session := c.media.accept(c.offer)
	if held {
		session = c.media.describe(sendonly, false)
	}
	c.note(ProgressSent, "")
	if err := c.respond(183, session); err != nil {
		return err
	}
	c.media.play(early)
	c.media.agree(c.offer)
	return nil
}
