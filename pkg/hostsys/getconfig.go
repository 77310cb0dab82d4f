package hostsys

import (
	"context"
	"errors"
	"log/slog"

	"astrid/pkg/config"
)

// secretUnavailable is all that a guest learns of a secret that cannot be read. Why is for the operator.
const secretUnavailable = "secret unavailable"

// errNoSettings is what noSettings answer.
var errNoSettings = errors.New("the program brought no settings for this principal")

// GetConfig returns the value of a setting, or nil for one that has none. It fails with
//   - [ConfigKeyReserved] for a key that begins with "__",
//   - [Unknown] for a secret that exists and cannot be read: a security event, which [Host.InvocationFailure]
//     remembers,
//   - [Cancelled] if ctx is done before a secret is read,
//   - [Unknown] if the settings cannot be had otherwise.
func (h *Host) GetConfig(ctx context.Context, key string) (*string, error) {
	value, err := h.settings(ctx).Lookup(ctx, key)
	if err != nil {
		return nil, h.configError(ctx, err)
	}
	var text string
	switch value.Source {
	case config.Unset:
		return nil, nil
	case config.SecretPrincipal, config.SecretHost:
		if value.Secret.Len() == 0 {
			return nil, nil // An empty file masks the host's secret and is none itself.
		}
		secret := value.Secret.Reveal()
		defer clear(secret)
		h.config.Redactor.Add(secret)
		text = string(secret)
	default:
		text = value.Text
	}
	return &text, nil
}

// configError turns why a lookup failed into what the guest may know of it.
func (h *Host) configError(ctx context.Context, err error) error {
	var secret *config.SecretError
	switch {
	case errors.Is(err, config.ErrReserved):
		return &ErrorCode{Case: ConfigKeyReserved}
	case errors.As(err, &secret):
		if inv := h.invocation(ctx); inv != nil {
			inv.failure.CompareAndSwap(nil, secret)
		}
		h.config.Logger.LogAttrs(ctx, slog.LevelWarn, "secret cannot be read",
			slog.Bool("security_event", true),
			slog.String("principal", secret.Principal.String()),
			slog.String("capsule", secret.Capsule.String()),
			slog.String("key", h.clean(secret.Key)),
			slog.String("scope", secret.Scope.String()),
			slog.String("error", h.clean(secret.Err.Error())))
		return &ErrorCode{Case: Unknown, Unknown: secretUnavailable}
	case ctx.Err() != nil:
		return &ErrorCode{Case: Cancelled}
	}
	h.config.Logger.LogAttrs(ctx, slog.LevelError, "configuration cannot be read",
		slog.String("capsule", h.config.Capsule.String()),
		slog.String("error", h.clean(err.Error())))
	return &ErrorCode{Case: Unknown, Unknown: "configuration unavailable"}
}
