package hostsys

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"

	"astrid/pkg/caplog"
)

// MaxLog is the most that a run may log, in bytes of lines: 64 MiB. Then one line says so and the others are
// dropped, wherever they would have gone.
const MaxLog = 64 << 20

// lineOverhead is what a line costs besides message and capsule: time, level, brackets, spaces and newline.
const lineOverhead = 25

// Log writes a line to the invocation's log, else the load-time one, else the Logger. A line that its log does
// not take goes to the Logger, so that none is lost; an ERROR line, and one at or above the level of
// Config.Mirror, goes there in any case. Secrets that this run handed to the guest leave as "[redacted]",
// control characters as escapes, and what exceeds [caplog.MaxMessage] bytes or, over the run, [MaxLog] not at
// all. Log does not fail.
func (h *Host) Log(ctx context.Context, level Level, message string) {
	message = h.cleanHead(message)
	cost := int64(len(message) + len(h.config.Capsule.String()) + lineOverhead)
	switch used := h.logged.Add(cost); {
	case used <= MaxLog:
		h.writeLine(ctx, level, message)
	case used-cost <= MaxLog:
		// Sums only grow, so that exactly one line crosses the limit, and that one reports it.
		h.writeLine(ctx, LevelWarn, "log limit of the run reached: this line and all that follow are dropped")
	}
}

// writeLine sends a clean line where it belongs.
func (h *Host) writeLine(ctx context.Context, level Level, message string) {
	taken := false
	if log := h.log(ctx); log != nil {
		err := log.WriteLine(level.Slog(), message)
		taken = err == nil
		h.reportLog(ctx, err)
	}
	if !taken || level >= LevelError || h.config.Mirror != nil && level >= *h.config.Mirror {
		h.config.Logger.LogAttrs(ctx, level.Slog(), message, slog.String("capsule", h.config.Capsule.String()))
	}
}

// reportLog tells the operator, once a run, that a log cannot be written. That a principal has none is no news.
func (h *Host) reportLog(ctx context.Context, err error) {
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return
	}
	h.logBroken.Do(func() {
		h.config.Logger.LogAttrs(ctx, slog.LevelWarn, "capsule log cannot be written; its lines go here",
			slog.String("capsule", h.config.Capsule.String()),
			slog.String("error", h.clean(err.Error())))
	})
}

// cleanHead is clean for a text of which a line shows no more than the beginning, however long a guest made it.
func (h *Host) cleanHead(text string) string {
	head, cut := h.config.Redactor.Head(text, caplog.MaxMessage)
	if cut {
		return caplog.Cut(head)
	}
	return caplog.Message(head)
}

// clean makes text fit to leave the host. Secrets go first, while they still read as the guest wrote them.
func (h *Host) clean(text string) string { return caplog.Message(h.config.Redactor.String(text)) }
