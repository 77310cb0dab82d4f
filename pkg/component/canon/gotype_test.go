package canon_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"astrid/pkg/component/canon"
)

// A Go type that says all of its WIT type derives it.
func TestTypeOf(t *testing.T) {
	y, prim := types{t}, canon.PrimOf
	u8, u64, str := prim(canon.KindU8), prim(canon.KindU64), prim(canon.KindString)
	tests := []struct {
		g    reflect.Type
		want *canon.Type
	}{
		{reflect.TypeFor[text](), str},
		{reflect.TypeFor[[]byte](), canon.ListOf(u8)},
		{reflect.TypeFor[int32](), prim(canon.KindS32)},
		{reflect.TypeFor[colour](), canon.EnumOf([]string{"red", "green", "blue"})},
		{reflect.TypeFor[few](), canon.FlagsOf([]string{"a", "b", "c"})},
		{reflect.TypeFor[**uint64](), y.option(y.option(u64))},
		{reflect.TypeFor[canon.Option[string]](), y.option(str)},
		{reflect.TypeFor[canon.Result[canon.Unit, string]](), y.result(nil, str)},
		{reflect.TypeFor[struct {
			SourceUUID string
			HTTPPort   uint8
			X          uint64 `wit:"not-x"`
		}](), y.record("source-uuid", str, "http-port", u8, "not-x", u64)},
		{reflect.TypeFor[sum](), y.variant("none", nil, "circle", prim(canon.KindF32), "text", str, "pair", y.record("a", u8, "b", prim(canon.KindF64)), "next", y.option(u64))},
	}
	for _, test := range tests {
		got, err := canon.TypeOf(test.g)
		if err != nil || !canon.Equal(got, test.want) {
			t.Errorf("%s: %v, %v; want %s", test.g, got, err, test.want)
		}
	}
}

type recursive struct{ Next *recursive }

type stray struct {
	Case   colour
	Yellow string
}

func TestTypeOfErrors(t *testing.T) {
	for _, test := range []struct {
		g    reflect.Type
		want string
	}{
		{reflect.TypeFor[int](), "no WIT type stands for the Go type int"},
		{reflect.TypeFor[map[string]string](), "no WIT type stands for the Go type map[string]string"},
		{reflect.TypeFor[[]chan int](), "no WIT type stands for the Go type chan int"},
		{reflect.TypeFor[struct{}](), "no WIT type stands for the Go type struct {}, which has no exported fields"},
		{reflect.TypeFor[recursive](), "is recursive, and no WIT type is"},
		{reflect.TypeFor[stray](), `the Go type canon_test.stray has a field Yellow but no case "yellow"`},
	} {
		if typ, err := canon.TypeOf(test.g); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v; want %s", test.g, typ, err, test.want)
		}
	}
}

func TestTypeStrings(t *testing.T) {
	y, prim := types{t}, canon.PrimOf
	str := prim(canon.KindString)
	for _, test := range []struct {
		typ  fmt.Stringer
		want string
	}{
		{y.record("a", prim(canon.KindS8), "b", canon.ListOf(str)), "record{a: s8, b: list<string>}"},
		{y.tuple(prim(canon.KindF32), prim(canon.KindChar)), "tuple<f32, char>"},
		{y.variant("a", nil, "b", y.option(str)), "variant{a, b(option<string>)}"},
		{canon.EnumOf([]string{"x", "y"}), "enum{x, y}"},
		{canon.FlagsOf([]string{"x", "y"}), "flags{x, y}"},
		{y.result(nil, nil), "result"},
		{y.result(str, nil), "result<string>"},
		{y.result(nil, str), "result<_, string>"},
		{y.result(str, prim(canon.KindBool)), "result<string, bool>"},
		{&canon.FuncType{}, "func()"},
		{&canon.FuncType{Params: y.fields("a", str, "", str), Result: str}, "func(a: string, string) -> string"},
	} {
		if got := test.typ.String(); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}
