%% Match specifications: chosen ones with their values or errors, and thousands of random ones.
-module(ets_specs).
-export([start/0]).

start() ->
    [{bodies, [body(B) || B <- bodies()]}, {guards, [guard(G) || G <- guards()]}, {heads, [head(H, T) || {H, T} <- heads()]},
     {errors, [error_class(MS) || MS <- errors()]}, {messages, [message(MS) || MS <- messages()]},
     {deep, deep()}, {random, random()}].

run(MS, T) ->
    try ets:test_ms(T, MS) of
        {ok, V} -> V;
        {error, _} -> error
    catch C:R -> {C, R} end.

%% '$1' is 7, '$2' is {a, [1, 2]}, '$3' is #{k => v}, '$4' is 2.5, '$5' is true, '$6' is a binary.
object() -> {7, {a, [1, 2]}, #{k => v}, 2.5, true, <<1, 2, 3>>, 1 bsl 70}.

body(B) -> run([{{'$1', '$2', '$3', '$4', '$5', '$6', '$7'}, [], [B]}], object()).

guard(G) -> run([{{'$1', '$2', '$3', '$4', '$5', '$6', '$7'}, [G], [yes]}], object()).

bodies() ->
    ['$1', '$_', '$$', '$7', x, 1.5, [], [a | '$1'], ['$1', '$2' | b], {{}}, {{'$1'}}, {{'$1', {{'$2'}}}}, #{}, #{a => '$1', '$1' => b, 7 => c},
     #{x => {{'$2'}}}, {const, '$1'}, {const, {a, {b}}}, {const, []}, {{'$1', {const, '$1'}}}, {element, 2, '$2'}, {hd, {element, 2, '$2'}}, {tl, {element, 2, '$2'}},
     {hd, '$1'}, {{a, {hd, '$1'}, {hd, '$1'}}}, {'+', 1, {hd, '$1'}}, {length, {element, 2, '$2'}}, {length, '$1'}, {size, '$2'}, {size, '$6'}, {size, '$3'},
     {tuple_size, '$2'}, {map_size, '$3'}, {byte_size, '$6'}, {bit_size, '$6'}, {map_get, k, '$3'}, {map_get, x, '$3'}, {map_get, x, '$1'}, {is_map_key, k, '$3'},
     {is_map_key, z, '$3'}, {is_map_key, z, '$1'}, {binary_part, '$6', 1, 2}, {binary_part, '$6', {{0, 1}}}, {binary_part, '$6', {const, {1, 1}}}, {abs, {'-', '$1'}}, {'-', '$7'}, {'+', '$7'}, {'*', '$7', '$7'},
     {'/', '$1', 2}, {'div', '$1', 2}, {'rem', '$1', 2}, {'div', '$1', 0}, {'band', '$1', 3}, {'bor', '$1', 8}, {'bxor', '$1', 1}, {'bnot', '$1'}, {'bsl', '$1', 70}, {'bsr', '$7', 69},
     {round, '$4'}, {trunc, '$4'}, {floor, '$4'}, {ceil, '$4'}, {float, '$1'}, {round, '$7'}, {float, '$7'}, {min, '$1', '$4'}, {max, '$2', '$4'}, {node}, {'and', true, true, '$5'}, {'and', true, a},
     {'and', '$5'}, {'or', false, false}, {'or', true, a}, {'or', false, true, false}, {'xor', true, '$5'}, {'not', '$5'}, {'not', '$1'}, {'andalso', true, a}, {'andalso', false, {hd, '$1'}},
     {'andalso', a, false}, {'andalso', true, true, '$1'}, {'andalso', '$1'}, {'orelse', a, true}, {'orelse', false, a}, {'orelse', true, {hd, '$1'}}, {'orelse', false, false, '$2'},
     {'and', false, {hd, '$1'}}, {'orelse', {'==', {hd, '$1'}, 1}, true}, {'==', 7.0, '$1'}, {'=:=', 7.0, '$1'}, {'/=', 7.0, '$1'}, {'=/=', 7.0, '$1'}, {'<', '$1', '$4'}, {'>', '$2', '$4'}, {'=<', 7, '$1'},
     {'>=', 6, '$1'}, {is_record, '$2', a, 2}, {is_record, '$2', b, 2}, {is_record, '$2', a, 3}, {is_function, '$1'}, {is_function, '$1', 2}, {is_boolean, '$5'}, {is_tuple, '$2'}, {is_map, '$3'},
     {is_float, '$4'}, {is_integer, '$7'}, {is_number, '$4'}, {is_list, '$2'}, {is_binary, '$6'}, {is_bitstring, '$6'}, {is_atom, '$5'}, {is_pid, {self}}, {is_reference, '$1'}, {is_port, '$1'}, '_', '$', '$a'].

guards() ->
    [true, false, a, '$5', '$1', {'not', '$5'}, {'andalso', '$5', {'>', '$1', 6}}, {'andalso', {hd, '$1'}, true}, {'orelse', '$5', {hd, '$1'}}, {'orelse', {hd, '$1'}, true},
     {'or', true, {hd, '$1'}}, {'and', true, {'==', '$1', 7}}, {'==', {hd, '$1'}, 'EXIT'}, {is_list, {{'$1'}}}, {'==', {{'$1', '$4'}}, {const, {7, 2.5}}}, {'=:=', ['$1' | '$4'], [7 | 2.5]},
     {'==', #{a => '$2'}, {const, #{a => {a, [1, 2]}}}}, {'>', {length, {element, 2, '$2'}}, 1}, {'>', {'+', '$1', '$7'}, '$7'}, {'==', {map_get, k, '$3'}, v}, {is_map_key, k, '$1'}, {'==', '$_', {const, x}},
     {'==', {hd, '$$'}, 7}, {'==', {binary_part, '$6', 0, 1}, <<1>>}, [], #{}, {{true}}, {const, true}].

heads() ->
    T = object(),
    [{'_', T}, {'$1', T}, {{'_', '_'}, {1, 2}}, {{'_', '_'}, {1}}, {{'$1', '$1'}, {1, 1}}, {{'$1', '$1'}, {1, 1.0}}, {{'$1', {'$1', '$2'}, ['$2' | '$3']}, {a, {a, b}, [b, c]}},
     {{'$1', {'$1', '$2'}, ['$2' | '$3']}, {a, {a, b}, [c]}}, {{1.0}, {1}}, {{"ab"}, {"ab"}}, {{<<"x">>}, {<<"x">>}}, {{1 bsl 70}, {1 bsl 70}}, {{1.5}, {1.5}}, {{[]}, {[]}}, {{{}}, {{}}}, {{{}}, {[]}},
     {{#{}}, {#{a => 1}}}, {{#{a => '$1'}}, {#{a => 1, b => 2}}}, {{#{a => '$1', b => '$1'}}, {#{a => 1, b => 2}}}, {{#{a => '$1', b => '$1'}}, {#{a => 1, b => 1}}}, {{#{c => '_'}}, {#{a => 1}}},
     {{#{{x} => '$2', a => '$1'}}, {#{a => 1, {x} => {y}}}}, {{#{1 => #{2 => '$1'}}}, {#{1 => #{2 => 3}}}}, {{'$2', '$1', '$10', '$0'}, {b, a, c, z}}, {{'$01'}, {'$01'}}, {{'$1a'}, {'$1a'}}, {{'$'}, {'$'}},
     {{'$_'}, {'$_'}}, {{'$$'}, {'$$'}}, {[a], {a}}, {a, {a}}, {{fun lists:map/2}, {fun lists:map/2}}, {{[a, '_' | '_']}, {[a, b]}}, {{['_', '_']}, {[a]}},
     {{#{k => '$1'}}, {maps:from_list([{k, found} | [{I, I} || I <- lists:seq(1, 50)]])}}].

head(H, T) -> run([{H, [], ['$$']}], T).

errors() ->
    [foo, [], [foo], [{{a}, [], []}], [{{a}, [], ['$1']}], [{{a}, ['$1'], [x]}], [{{a}, x, [x]}], [{{a}, [], x}], [{{a}, []}], [{{a}, [], [{foo}]}], [{{a}, [], [{}]}], [{{a}, [], [{a, b}]}],
     [{{a}, [{is_record, '$_', a}], [x]}], [{{#{'$1' => '$2'}}, [], [x]}], [{{a}, [], [a | b]}], [{{a}, [a | b], [a]}], [{{a}, [], [{'and'}]}], [{{a}, [], [{const, a, b}]}], [{{a}, [], [{setelement, 1, '$_', x}]}],
     [{{a}, [], [{message, x}]}], [{{a}, [{self, 1}], [x]}], [{{a}, [], [a]} | b], [{{a}, [], [a]}, b]].

error_class(MS) ->
    {try ets:match_spec_compile(MS), ok catch C:R -> {C, R} end, run(MS, {a})}.

messages() ->
    [[{{a}, [], ['$3']}], [{{a}, [], [{foo, 1}]}], [{{a}, [], [{}]}], [{{a}, [], []}], foo, [foo], [{{a}, [], [{'or'}]}], [{{a}, [{caller}], [a]}], [{{a}, [], [{1, 2}]}], [{{#{'_' => 1}}, [], [a]}]].

message(MS) ->
    {error, [{error, Text} | _]} = ets:test_ms({a}, MS),
    list_to_atom(Text).

%% Heads and objects nested far beyond any stack; the reference system bounds the depth of bodies.
deep() ->
    N = 100000,
    Less = 500,
    Nest = fun(Inner) -> lists:foldl(fun(_, A) -> {A} end, Inner, lists:seq(1, N)) end,
    Lists = lists:foldl(fun(_, A) -> [A] end, '$1', lists:seq(1, N)),
    Made = lists:foldl(fun(_, A) -> {{A}} end, '$1', lists:seq(1, Less)),
    Ands = lists:foldl(fun(_, A) -> {'andalso', true, A} end, true, lists:seq(1, Less)),
    {run([{Nest('$1'), [], ['$1']}], Nest(found)), run([{{Lists}, [], ['$1']}], {lists:foldl(fun(_, A) -> [A] end, found, lists:seq(1, N))}),
     run([{{'$1'}, [], [Made]}], {x}) =:= lists:foldl(fun(_, A) -> {A} end, x, lists:seq(1, Less)), run([{{'$1'}, [Ands], [yes]}], {x}), run([{{'$1'}, [], [lists:seq(1, Less)]}], {x}) =:= lists:seq(1, Less)}.

%% Hashes of what groups of random specifications give on random terms.
random() ->
    put(seed, 4711),
    [erlang:phash2([random_case() || _ <- lists:seq(1, 50)]) || _ <- lists:seq(1, 60)].

random_case() ->
    Clauses = [{spec_head(), [expression(2) || _ <- lists:seq(1, rnd(3) - 1)], [expression(3)]} || _ <- lists:seq(1, rnd(3))],
    Objects = [list_to_tuple([value(2) || _ <- lists:seq(1, rnd(3))]) || _ <- lists:seq(1, 6)],
    [run(Clauses, O) || O <- Objects].

spec_head() ->
    case rnd(8) of
        1 -> '_';
        2 -> '$1';
        _ -> list_to_tuple([pattern(2) || _ <- lists:seq(1, rnd(3))])
    end.

pattern(0) -> one_of(['_', '$1', '$2', '$3', '$1', '$2', a, 1, 1.0, []]);
pattern(D) ->
    case rnd(8) of
        1 -> {pattern(D - 1), pattern(D - 1)};
        2 -> [pattern(D - 1) | pattern(D - 1)];
        3 -> #{one_of([a, b, 1]) => pattern(D - 1)};
        _ -> pattern(0)
    end.

value(0) -> one_of([a, b, 1, 2, 1.0, [], true, false, -3, 1 bsl 65, <<1, 2>>, 0]);
value(D) ->
    case rnd(9) of
        1 -> {value(D - 1), value(D - 1)};
        2 -> [value(D - 1) | value(D - 1)];
        3 -> [value(D - 1)];
        4 -> #{one_of([a, b, 1]) => value(D - 1), c => value(D - 1)};
        _ -> value(0)
    end.

expression(0) -> one_of(['$1', '$2', '$1', '$_', '$$', a, 1, 2.0, true, false, [], -1, {const, {a, '$1'}}]);
expression(D) ->
    E = fun() -> expression(D - 1) end,
    case rnd(14) of
        1 -> {{E(), E()}};
        2 -> [E() | E()];
        3 -> {one_of(['andalso', 'orelse', 'and', 'or']), E(), E(), E()};
        4 -> {one_of(['andalso', 'orelse', 'and', 'or']), E(), E()};
        5 -> #{a => E(), E() => E()};
        6 -> {one_of(['+', '-', '*', '/', 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr']), E(), one_of([1, 2, 0, E()])};
        7 -> {one_of([is_atom, is_integer, is_float, is_list, is_tuple, is_map, is_number, is_binary, is_boolean, is_pid, is_function]), E()};
        8 -> {one_of([abs, hd, tl, length, size, round, trunc, float, floor, ceil, 'not', tuple_size, map_size, byte_size, bit_size, '-', '+', 'bnot']), E()};
        9 -> {one_of(['==', '/=', '=:=', '=/=', '<', '>', '=<', '>=', 'xor', min, max]), E(), E()};
        10 -> {element, one_of([1, 2, E()]), E()};
        11 -> {one_of([map_get, is_map_key]), one_of([a, c, E()]), E()};
        12 -> {is_record, E(), a, 2};
        _ -> expression(0)
    end.

one_of(L) -> lists:nth(rnd(length(L)), L).

%% A generator of our own, so that all releases make the same choices.
rnd(N) ->
    Seed = (get(seed) * 1103515245 + 12345) rem (1 bsl 31),
    put(seed, Seed),
    (Seed bsr 12) rem N + 1.
