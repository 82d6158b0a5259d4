package phone

import (
	"github.com/emiago/sipgo/sip"
)

// dialog is what the two ends of a call agreed on (RFC 3261 §12): who they
// are, where requests go, and how they are numbered. sipgo has a dialog type
// for each side; a phone wants both sides to behave alike once a call is up.
type dialog struct {
	callID sip.CallIDHeader
	local  sip.FromHeader
	remote sip.ToHeader
	target sip.Uri
	routes []sip.Header
	seq    uint32 // CSeq of our last request
}

// calledDialog is the dialog of an INVITE that came; to carries our tag.
func calledDialog(invite *sip.Request, to *sip.ToHeader) dialog {
	d := dialog{
		callID: *invite.CallID(),
		local:  to.AsFrom(),
		remote: invite.From().AsTo(),
		target: *invite.Contact().Address.Clone(),
		seq:    1,
	}
	for _, h := range invite.GetHeaders("Record-Route") {
		d.routes = append(d.routes, sip.NewHeader("Route", h.Value()))
	}
	return d
}

// callingDialog is the dialog of an INVITE that we sent.
func callingDialog(invite *sip.Request) dialog {
	return dialog{
		callID: *invite.CallID(),
		local:  *sip.HeaderClone(invite.From()).(*sip.FromHeader),
		remote: *sip.HeaderClone(invite.To()).(*sip.ToHeader),
		target: *invite.Recipient.Clone(),
		seq:    invite.CSeq().SeqNo,
	}
}

// establish takes from the answer to our INVITE what the far end chose.
func (d *dialog) establish(invite *sip.Request, answer *sip.Response) {
	d.remote = *sip.HeaderClone(answer.To()).(*sip.ToHeader)
	d.seq = invite.CSeq().SeqNo
	if contact := answer.Contact(); contact != nil {
		d.target = *contact.Address.Clone()
	}
	d.routes = nil
	for _, h := range answer.GetHeaders("Record-Route") {
		d.routes = append([]sip.Header{sip.NewHeader("Route", h.Value())}, d.routes...)
	}
}

// key tells the dialogs of one phone apart: the far end's requests carry it.
func (d *dialog) key() string { return dialogKey(string(d.callID), d.local.Params) }

func dialogKey(callID string, params sip.HeaderParams) string {
	tag, _ := params.Get("tag")
	return callID + "|" + tag
}

// request builds the next request of the dialog.
func (d *dialog) request(method sip.RequestMethod) *sip.Request {
	d.seq++
	return d.build(method, d.seq)
}

// ack builds the ACK for the 2xx answer to the INVITE numbered seq.
func (d *dialog) ack(seq uint32) *sip.Request { return d.build(sip.ACK, seq) }

func (d *dialog) build(method sip.RequestMethod, seq uint32) *sip.Request {
	r := sip.NewRequest(method, d.target)
	for _, h := range d.routes {
		r.AppendHeader(sip.HeaderClone(h))
	}
	id, hops := d.callID, sip.MaxForwardsHeader(70)
	r.AppendHeader(&hops)
	r.AppendHeader(sip.HeaderClone(&d.local))
	r.AppendHeader(sip.HeaderClone(&d.remote))
	r.AppendHeader(&id)
	r.AppendHeader(&sip.CSeqHeader{SeqNo: seq, MethodName: method})
	return r
}
