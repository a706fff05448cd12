package graph

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
)

//go:embed templates.json
var templates []byte

var loadTemplates = sync.OnceValue(func() map[string]map[string]any {
	var all map[string]map[string]any
	if err := json.Unmarshal(templates, &all); err != nil {
		panic(fmt.Sprintf("graph: embedded templates: %v", err))
	}
	return all
})

// template returns the properties of a fresh object. Values below the top level are shared and never changed.
func template(name string) map[string]any {
	return maps.Clone(loadTemplates()[name])
}
