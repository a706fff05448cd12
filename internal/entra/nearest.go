package entra

import (
	"strings"

	"github.com/agext/levenshtein"
)

// similarEnough is the share of agreement, of 1, from which a suggestion helps more than it confuses.
const similarEnough = 0.7

// Nearest returns the candidate most similar to s, ignoring case, or "" when none is similar.
func Nearest(s string, candidates []string) string {
	best, nearest := similarEnough, ""
	params := levenshtein.NewParams()
	for _, candidate := range candidates {
		if m := levenshtein.Match(strings.ToLower(s), strings.ToLower(candidate), params); m >= best {
			best, nearest = m, candidate
		}
	}
	return nearest
}
