package ops

import (
	"fmt"
	"slices"
	"time"
)

// Role says what a person or a program may do in a queue. Each role may do all that the lower ones may.
type Role int

// The roles.
const (
	// anyone needs no token.
	anyone Role = iota
	// Wall sees queues, agents and calls, and never a client's number or words about a client: for a screen that many see.
	Wall
	// Viewer sees everything but whole numbers, and changes nothing.
	Viewer
	// Supervisor gives orders about agents and calls, and sees whole numbers.
	Supervisor
	// Admin does what touches the installation.
	Admin
)

var roleNames = []string{"anyone", "wall", "viewer", "supervisor", "admin"}

// String is the role's name in the tokens file.
func (r Role) String() string { return roleNames[r] }

// ParseRole reads a role's name.
func ParseRole(name string) (Role, error) {
	if r := Role(slices.Index(roleNames, name)); r > anyone {
		return r, nil
	}
	return 0, fmt.Errorf("role %q: want wall, viewer, supervisor or admin", name)
}

// Grant is a role in queues; none is all queues, also those that the config gets later, and what belongs to no queue.
type Grant struct {
	Role   Role
	Queues []string
}

// Token is a secret that gives its bearer a role.
type Token struct {
	Secret string
	Role   Role
	// Name tells in records who gave an order; empty is the role's name.
	Name string
	// Queues are those in which it has the role; none is all.
	Queues []string
	// Until is when it ends; zero is never.
	Until time.Time
}

func (t Token) rights() rights { return newRights(Grant{t.Role, t.Queues}) }

// rights are somebody's roles by queue; that of everywhere counts in each queue, and is kept under "".
type rights map[string]Role

const everywhere = ""

func newRights(grants ...Grant) rights {
	all := rights{}
	for _, g := range grants {
		if len(g.Queues) == 0 {
			all[everywhere] = max(all[everywhere], g.Role)
		}
		for _, q := range g.Queues {
			all[q] = max(all[q], g.Role)
		}
	}
	return all
}

// in is the role in a queue; of what belongs to none, "", only a role everywhere counts.
func (r rights) in(queue string) Role { return max(r[everywhere], r[queue]) }

// inAny is the best of the roles in some queues.
func (r rights) inAny(queues []string) Role {
	best := r[everywhere]
	for _, q := range queues {
		best = max(best, r[q])
	}
	return best
}

// best is the best role that there is anywhere.
func (r rights) best() Role {
	best := anyone
	for _, role := range r {
		best = max(best, role)
	}
	return best
}

// queues are those in which the role is at least that one; nil if it is so everywhere.
func (r rights) queues(least Role) []string {
	if r[everywhere] >= least {
		return nil
	}
	named := []string{}
	for _, q := range sortedKeys(r) {
		if q != everywhere && r[q] >= least {
			named = append(named, q)
		}
	}
	return named
}
