package odata

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of ParseFilter.
var (
	ErrSyntax = errors.New("invalid filter clause")
	// ErrUnsupported marks an expression that is valid OData and that the emulated endpoints do not serve.
	ErrUnsupported = errors.New("unsupported filter clause")
)

// ParseFilter reads a $filter expression of eq, in, startswith, any, and, or, and parentheses.
func ParseFilter(text string) (Filter, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens}
	filter, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if !p.atEnd() {
		return nil, fmt.Errorf("%w: unexpected %q", ErrSyntax, p.peek().text)
	}
	return filter, nil
}

type token struct {
	text   string
	quoted bool
}

func scan(text string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t':
			i++
		case strings.IndexByte("(),:/", c) >= 0:
			tokens = append(tokens, token{text: string(c)})
			i++
		case c == '\'':
			literal, length, err := scanQuoted(text[i:])
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, token{text: literal, quoted: true})
			i += length
		default:
			length := strings.IndexAny(text[i:], " \t(),'/")
			if length < 0 {
				length = len(text) - i
			}
			word := text[i : i+length]
			// A colon ends the name of a lambda variable, and stands inside a time.
			if name, _, isLambda := strings.Cut(word, ":"); isLambda && (name[0] < '0' || name[0] > '9') {
				word = name
			}
			tokens = append(tokens, token{text: word})
			i += len(word)
		}
	}
	return tokens, nil
}

func scanQuoted(text string) (literal string, length int, err error) {
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			i++
			continue
		}
		return unquote(text[:i+1]), i + 1, nil
	}
	return "", 0, fmt.Errorf("%w: unterminated string", ErrSyntax)
}

type parser struct {
	tokens []token
	next   int
}

func (p *parser) atEnd() bool { return p.next >= len(p.tokens) }

func (p *parser) peek() token {
	if p.atEnd() {
		return token{}
	}
	return p.tokens[p.next]
}

func (p *parser) take() token {
	t := p.peek()
	p.next++
	return t
}

func (p *parser) takeWord(word string) bool {
	if t := p.peek(); !t.quoted && strings.EqualFold(t.text, word) {
		p.next++
		return true
	}
	return false
}

func (p *parser) expect(words ...string) error {
	for _, word := range words {
		if !p.takeWord(word) {
			return fmt.Errorf("%w: expected %q", ErrSyntax, word)
		}
	}
	return nil
}

func (p *parser) disjunction() (Filter, error) {
	first, err := p.conjunction()
	if err != nil {
		return nil, err
	}
	parts := disjunction{first}
	for p.takeWord("or") {
		part, err := p.conjunction()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (p *parser) conjunction() (Filter, error) {
	first, err := p.term()
	if err != nil {
		return nil, err
	}
	parts := conjunction{first}
	for p.takeWord("and") {
		part, err := p.term()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

func (p *parser) term() (Filter, error) {
	if p.takeWord("(") {
		inner, err := p.disjunction()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	}
	return p.condition("")
}

// condition reads one condition; inside any(), variable names the item and takes the place of the property.
func (p *parser) condition(variable string) (Filter, error) {
	name := p.take()
	if name.quoted || name.text == "" || strings.Contains("(),:/", name.text) {
		return nil, fmt.Errorf("%w: unexpected %q", ErrSyntax, name.text)
	}
	if strings.EqualFold(name.text, string(StartsWith)) {
		return p.startsWith()
	}
	if variable != "" && name.text != variable {
		return nil, fmt.Errorf("%w: %q in any()", ErrUnsupported, name.text)
	}
	if variable == "" && p.takeWord("/") {
		return p.any(name.text)
	}
	switch operator := p.take(); strings.ToLower(operator.text) {
	case string(Equal):
		literal, err := p.literal()
		return Condition{Property: name.text, Operator: Equal, Values: []Literal{literal}}, err
	case string(In):
		literals, err := p.list()
		return Condition{Property: name.text, Operator: In, Values: literals}, err
	case "ne", "gt", "ge", "lt", "le", "not", "has", "(":
		return nil, fmt.Errorf("%w: %q", ErrUnsupported, name.text+" "+operator.text)
	default:
		if strings.EqualFold(name.text, "not") {
			return nil, fmt.Errorf("%w: %q", ErrUnsupported, name.text)
		}
		return nil, fmt.Errorf("%w: unexpected %q", ErrSyntax, operator.text)
	}
}

func (p *parser) startsWith() (Filter, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	property := p.take()
	if err := p.expect(","); err != nil {
		return nil, err
	}
	literal, err := p.literal()
	if err != nil {
		return nil, err
	}
	return Condition{Property: property.text, Operator: StartsWith, Values: []Literal{literal}}, p.expect(")")
}

// any reads the rest of "property/any(v:v eq 'x')".
func (p *parser) any(property string) (Filter, error) {
	if !p.takeWord("any") {
		return nil, fmt.Errorf("%w: path below %q", ErrUnsupported, property)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	variable := p.take().text
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	inner, err := p.condition(variable)
	if err != nil {
		return nil, err
	}
	condition, ok := inner.(Condition)
	if !ok || condition.Property != variable {
		return nil, fmt.Errorf("%w: condition in any()", ErrUnsupported)
	}
	condition.Property, condition.Any = property, true
	return condition, p.expect(")")
}

func (p *parser) literal() (Literal, error) {
	t := p.take()
	if !t.quoted && (t.text == "" || strings.Contains("(),:/", t.text)) {
		return Literal{}, fmt.Errorf("%w: expected a value", ErrSyntax)
	}
	return Literal{Text: t.text, Quoted: t.quoted}, nil
}

func (p *parser) list() ([]Literal, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var literals []Literal
	for {
		literal, err := p.literal()
		if err != nil {
			return nil, err
		}
		literals = append(literals, literal)
		if p.takeWord(")") {
			return literals, nil
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}
