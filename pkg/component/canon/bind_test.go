package canon_test

import (
	"strings"
	"testing"

	"astrid/pkg/component/canon"
)

type (
	unnamed uint8
	swapped uint8
	bits3   uint8
	bits9   uint8
	signed  int16
	tooFew  uint8
)

func (swapped) WitCases() string { return "red blue green" }
func (bits3) WitFlags() string   { return "a c b" }
func (bits9) WitFlags() string   { return "c0 c1 c2 c3 c4 c5 c6 c7 c8" }
func (tooFew) WitCases() string  { return strings.Join(labels(257), " ") }
func (signed) WitCases() string  { return "red green blue" }

// bind plans a function of one parameter of Go type A and WIT type typ and returns the error's text.
func bind[A any](t testing.TB, typ *canon.Type) string {
	t.Helper()
	f := &canon.FuncType{Params: []canon.Field{{Name: "v", Type: typ}}}
	_, err := canon.NewPlan[struct{ V A }, canon.Unit]("f", f, canon.FormNone, canon.Binding{})
	if err == nil {
		return ""
	}
	return err.Error()
}

// An error shows the path to the value and both of its types.
func TestBindErrors(t *testing.T) {
	y, prim := types{t}, canon.PrimOf
	str, u32 := prim(canon.KindString), prim(canon.KindU32)
	rgb := canon.EnumOf([]string{"red", "green", "blue"})
	for _, test := range []struct{ got, want string }{
		{bind[int](t, u32), "f(v): WIT u32 cannot be bound to Go int"},
		{bind[int32](t, u32), "f(v): WIT u32 cannot be bound to Go int32"},
		{bind[string](t, canon.ListOf(prim(canon.KindU8))), "f(v): WIT list<u8> cannot be bound to Go string"},
		{bind[[]byte](t, str), "f(v): WIT string cannot be bound to Go []uint8"},
		{bind[[4]uint32](t, canon.ListOf(u32)), "f(v): WIT list<u32> cannot be bound to Go [4]uint32"},
		{bind[[4]uint32](t, y.fixed(u32, 4)), ""},
		{bind[[4]uint32](t, y.fixed(u32, 5)), "f(v): WIT list<u32, 5> cannot be bound to Go [4]uint32: want an array of 5"},
		{bind[[]uint32](t, y.fixed(u32, 4)), "f(v): WIT list<u32, 4> cannot be bound to Go []uint32: want an array of 4"},
		{bind[[4]string](t, y.fixed(u32, 4)), "f(v)[]: WIT u32 cannot be bound to Go string"},
		{bind[[]string](t, y.dict(str, u32)), "f(v)[]: WIT tuple<string, u32> cannot be bound to Go string"},
		{bind[map[string]uint32](t, y.dict(str, u32)), "f(v): WIT map<string, u32> cannot be bound to Go map[string]uint32"},
		{bind[[][]string](t, canon.ListOf(canon.ListOf(u32))), "f(v)[][]: WIT u32 cannot be bound to Go string"},
		{bind[any](t, str), "f(v): WIT string cannot be bound to Go interface {}"},
		{bind[canon.Value](t, str), ""},
		{bind[error](t, str), "f(v): WIT string cannot be bound to Go error"},
		{bind[colour](t, prim(canon.KindU8)), "f(v): WIT u8 cannot be bound to Go canon_test.colour"},

		{bind[string](t, y.record("a", str)), "f(v): WIT record{a: string} cannot be bound to Go string"},
		{bind[struct{ B string }](t, y.record("a", str)), `f(v): WIT record{a: string} cannot be bound to Go struct { B string }: no Go field for "a"; tag one ` + "`wit:\"a\"`"},
		{bind[struct{ A, B string }](t, y.record("a", str)), `f(v): WIT record{a: string} cannot be bound to Go struct { A string; B string }: the record has no field "b" for Go's B`},
		{bind[struct{ A uint32 }](t, y.record("a", str)), "f(v).a: WIT string cannot be bound to Go uint32"},
		{bind[struct{ a string }](t, y.record("a", str)), `f(v): WIT record{a: string} cannot be bound to Go struct { a string }: no Go field for "a"; tag one ` + "`wit:\"a\"`"},
		{bind[struct{ A, B string }](t, y.tuple(str)), "f(v): WIT tuple<string> cannot be bound to Go struct { A string; B string }: it has 2 exported fields"},
		{bind[struct{ A, B string }](t, y.tuple(str, u32)), "f(v).1: WIT u32 cannot be bound to Go string"},

		{bind[uint8](t, rgb), "f(v): WIT enum{red, green, blue} cannot be bound to Go uint8: it has no method WitCases() string that names the cases in order"},
		{bind[unnamed](t, rgb), "f(v): WIT enum{red, green, blue} cannot be bound to Go canon_test.unnamed: it has no method WitCases() string that names the cases in order"},
		{bind[swapped](t, rgb), "f(v): WIT enum{red, green, blue} cannot be bound to Go canon_test.swapped: its WitCases are red, blue, green"},
		{bind[colour](t, canon.EnumOf([]string{"red", "green"})), "f(v): WIT enum{red, green} cannot be bound to Go canon_test.colour: its WitCases are red, green, blue"},
		{bind[signed](t, rgb), "f(v): WIT enum{red, green, blue} cannot be bound to Go canon_test.signed: want a type on uint8, uint16 or uint32 with a method WitCases() string"},
		{bind[tooFew](t, canon.EnumOf(labels(257))), "f(v): WIT " + canon.EnumOf(labels(257)).String() + " cannot be bound to Go canon_test.tooFew: it is too narrow for the cases"},
		{bind[uint8](t, canon.FlagsOf([]string{"a"})), "f(v): WIT flags{a} cannot be bound to Go uint8: want a type on uint8, uint16 or uint32 with a method WitFlags() string"},
		{bind[bits3](t, canon.FlagsOf([]string{"a", "b", "c"})), "f(v): WIT flags{a, b, c} cannot be bound to Go canon_test.bits3: its WitFlags are a c b"},
		{bind[bits9](t, canon.FlagsOf(labels(9))), "f(v): WIT flags{c0, c1, c2, c3, c4, c5, c6, c7, c8} cannot be bound to Go canon_test.bits9: it is too narrow for the labels"},

		{bind[string](t, y.option(str)), "f(v): WIT option<string> cannot be bound to Go string: want a pointer or an Option"},
		{bind[*uint32](t, y.option(str)), "f(v): WIT string cannot be bound to Go uint32"},
		{bind[canon.Option[uint32]](t, y.option(str)), "f(v): WIT string cannot be bound to Go uint32"},
		{bind[*string](t, y.result(str, nil)), "f(v): WIT result<string> cannot be bound to Go *string: want a Result"},
		{bind[canon.Result[string, string]](t, y.result(str, nil)), "f(v): WIT result<string> cannot be bound to Go canon.Result[string,string]: the case error has no payload: want a Unit"},
		{bind[canon.Result[string, uint32]](t, y.result(str, str)), "f(v).error: WIT string cannot be bound to Go uint32"},

		{bind[struct{ A string }](t, y.variant("a", str)), "f(v): WIT variant{a(string)} cannot be bound to Go struct { A string }: want a struct whose first field is Case, of a type with WitCases() string"},
		{bind[struct{ Case colour }](t, y.variant("red", nil, "green", nil)), "f(v).case: WIT variant{red, green} cannot be bound to Go canon_test.colour: its WitCases are red, green, blue"},
		{bind[struct{ Case colour }](t, y.variant("red", str, "green", nil, "blue", nil)), `f(v): WIT variant{red(string), green, blue} cannot be bound to Go struct { Case canon_test.colour }: no Go field for the case "red"`},
		{bind[struct {
			Case colour
			Red  string
		}](t, y.variant("red", nil, "green", nil, "blue", nil)), `f(v): WIT variant{red, green, blue} cannot be bound to Go struct { Case canon_test.colour; Red string }: the case "red" has no payload for Go's Red`},
		{bind[struct {
			Case colour
			Pink string
		}](t, y.variant("red", nil, "green", nil, "blue", nil)), `f(v): WIT variant{red, green, blue} cannot be bound to Go struct { Case canon_test.colour; Pink string }: the variant has no case "pink"`},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
}

// form plans a function of no parameters with the given result and returns the error's text.
func form[R any](t testing.TB, result *canon.Type, form canon.ResultForm, errs *canon.Errors) string {
	t.Helper()
	_, err := canon.NewPlan[struct{}, R]("f", &canon.FuncType{Result: result}, form, canon.Binding{Errors: errs})
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestFormErrors(t *testing.T) {
	y, str := types{t}, canon.PrimOf(canon.KindString)
	code := y.variant("denied", nil, "text", str)
	errs := canon.ErrorType[errorCode](nil)
	for _, test := range []struct{ got, want string }{
		{form[canon.Unit](t, nil, canon.FormNone, nil), ""},
		{form[string](t, nil, canon.FormValue, nil), "f result: WIT has none, the Go function has one"},
		{form[canon.Unit](t, str, canon.FormNone, nil), "f result: WIT string, the Go function has none"},
		{form[uint32](t, str, canon.FormValue, nil), "f result: WIT string cannot be bound to Go uint32"},
		{form[string](t, str, canon.FormFallible, errs), "f result: WIT string cannot be bound to a Go function that returns an error"},
		{form[string](t, y.result(nil, code), canon.FormFallible, errs), "f result: WIT result<_, variant{denied, text(string)}>, and the Go function returns a value besides its error: true"},
		{form[canon.Unit](t, y.result(str, code), canon.FormError, errs), "f result: WIT result<string, variant{denied, text(string)}>, and the Go function returns a value besides its error: false"},
		{form[uint32](t, y.result(str, code), canon.FormFallible, errs), "f result.ok: WIT string cannot be bound to Go uint32"},
		{form[string](t, y.result(str, code), canon.FormFallible, nil), "f result: the interface has no error type for WIT variant{denied, text(string)}"},
		{form[string](t, y.result(str, str), canon.FormFallible, errs), "f result.error: WIT string cannot be bound to Go canon_test.errorCode"},
		{form[string](t, y.result(str, code), canon.FormFallible, errs), ""},
		{form[canon.Unit](t, y.result(nil, code), canon.FormError, errs), ""},
	} {
		if test.got != test.want {
			t.Errorf("got  %s\nwant %s", test.got, test.want)
		}
	}
	f := &canon.FuncType{Params: y.fields("a", str, "b", str)}
	_, err := canon.NewPlan[struct{ A string }, canon.Unit]("f", f, canon.FormNone, canon.Binding{})
	if want := "f: WIT func(a: string, b: string) cannot be bound to a Go function of 1 parameters"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
