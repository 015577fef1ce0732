%% How terms print: quoting, text, nesting, floats, maps. The one program whose expectation is about printing.
-module(print_terms).
-export([start/0, id/1]).

start() ->
    [{atoms, [a, 'A', 'with space', '', 'quo\'te', 'back\\slash', 'new\nline', a@b, a_1, '1a', 'true', 'case', 'end', 'when', '_x', 'a.b', '[]']},
     {text, ["text", "with \"quotes\"", "back\\slash", "tab\tnewline\n", "", [0], "a" ++ [0], [256], "esc\e", [127]]},
     {almost_text, [[97 | 98], [97, b], ["nested", "text"], [97, 98, 1.5], [-1], [97, [98]]]},
     {binaries, [<<>>, <<"text">>, <<1, 2, 3>>, <<"a\"b">>, <<0>>, <<1:1>>, <<"abc", 1:3>>, <<"\n">>]},
     {numbers, [0, -1, 1 bsl 64, 1.0, -0.0, 1.5e-7, 1.0e22, 123456.789]},
     {lists, [[], [[]], [a | b], [a, b | c], [[1], [2 | 3]]]},
     {tuples, [{}, {{}}, {a, {b}}]},
     {maps, [#{}, #{a => 1}, #{1 => #{2 => 3}}, #{[x] => {y}}, #{"k" => <<"v">>}]},
     {mixed, {ok, [#{"name" => "x", 1 => []}], <<"bin">>, 'Quoted Atom'}}].

id(X) -> X.
