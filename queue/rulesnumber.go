package queue

import "strings"

// isLine reports whether a number is that of one of the site's own lines. Whoever presents it as their own has
// no number by which they could be known or called.
func (r *Rules) isLine(number string) bool {
	return number != "" && (number == r.Trunk.CallerID || r.QueueByDID(number) != nil)
}

// allowsClient reports whether a client may be called at a number: one that the trunk allows, and that is not
// the site's own, neither a line nor an agent's extension.
func (r *Rules) allowsClient(number string) bool {
	return r.Trunk.allows(number) && !r.isLine(number) && r.agentAt(number) == nil
}

// agentAt finds the agent whose number or whose phone's name this is, nil if it is nobody's.
func (r *Rules) agentAt(extension string) *AgentRules {
	if a := r.Agents[extension]; a != nil {
		return a
	}
	return oneOf(r.Agents, func(a *AgentRules) bool {
		_, name, _ := strings.Cut(a.Endpoint, "/")
		return name == extension
	})
}
