package lint

import "strings"

// Bounds of the runtime on topics.
const (
	maxTopic    = 256 // bytes
	maxSegments = 8
)

// topics checks the keys of publish and subscribe against what the runtime can match with them. Empty segments are
// errors of the document.
func (l *linter) topics() {
	for _, p := range l.m.Publish {
		l.topic("publish", p.Topic, false)
	}
	for _, s := range l.m.Subscribe {
		l.topic("subscribe", s.Topic, s.Handler != "")
	}
}

// topic checks one key. A handler's matches a segment with each star, other keys everything below with one at their end.
func (l *linter) topic(table, topic string, handler bool) {
	where := []string{table, topic}
	segments := strings.Split(topic, ".")
	stars := 0
	for i, s := range segments {
		switch {
		case s == "*" && (handler || i == len(segments)-1):
		case s == "*":
			stars++
		case strings.Contains(s, "*"):
			l.at(Warning, RuleTopic, where, "a * that is not alone between dots matches nothing but itself")
		}
	}
	switch {
	case stars > 0:
		l.at(Warning, RuleTopic, where, "a * before the end matches nothing but itself")
	case len(topic) > maxTopic:
		l.at(Wrong, RuleTopic, where, "a topic has at most %d bytes, and this is of %d", maxTopic, len(topic))
	case len(segments) > maxSegments:
		l.at(Wrong, RuleTopic, where, "a topic has at most %d segments, and this has %d", maxSegments, len(segments))
	case topic != strings.TrimSpace(topic):
		l.at(Warning, RuleTopic, where, "the space around the topic belongs to it")
	}
}
