package queue

// Penalty is the agent's in a queue: a supervisor's, as long as the config has not been changed since, or the config's.
func (a *Agent) Penalty(in Membership) int {
	if o := a.PenaltyOrder(in.Queue); o != nil && o.Config == in.Penalty {
		return o.Penalty
	}
	return in.Penalty
}

// PenaltyOrder is the order for a queue, nil if there is none.
func (a *Agent) PenaltyOrder(queue string) *PenaltyOrder {
	return itemOf(a.Penalties, func(o *PenaltyOrder) bool { return o.Queue == queue })
}
