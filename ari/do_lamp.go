package ari

import (
	"cmp"
	"context"
	"net/http"

	"kezek/queue"
)

var lampActions = []handler{
	&kind[queue.Lamp]{
		key:  func(a queue.Lamp) string { return "lamp " + a.Name },
		does: doer.lamp,
		overlays: func(r *reading, a queue.Lamp) {
			if a.State == queue.LampDark {
				delete(r.lamps, a.Name) // at rest it need not be known
			} else {
				r.lamps[a.Name] = a.State
			}
		},
	},
}

// lampScheme is what Asterisk's name of a lamp begins with.
const lampScheme = "Stasis:"

// lampAtRest is the device state of a lamp that is dark. To delete the state
// would not do: Asterisk tells the phones the old one then, or none.
const lampAtRest = "NOT_INUSE"

// lamp sets a device state, which Asterisk keeps over its restarts.
func (e *Exchange) lamp(ctx context.Context, a queue.Lamp) error {
	if e.opts.LampsOff {
		return nil
	}
	state := cmp.Or(string(a.State), lampAtRest)
	return e.client.do(ctx, http.MethodPut, query(path("deviceStates", lampScheme+a.Name), "deviceState", state), nil, nil)
}
