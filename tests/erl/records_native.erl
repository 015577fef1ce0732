-module(records_native).
-export([start/0]).

%% Native records: made, read, matched, changed, and what goes wrong with that.

-record #point{x = 0, y = 0}.
-record #person{name, age = 18, tags = [a, b], id = 1 bsl 70, ratio = 1.5}.
-record #empty{}.
-record #'Odd Name'{'a field' = 1, '_', 'div' = {x, #{k => v}}}.
-record #wide{f01 = 1, f02 = 2, f03 = 3, f04 = 4, f05 = 5, f06 = 6, f07 = 7, f08 = 8, f09 = 9, f10 = 10, f11, f12 = 12}.
-export_record([point, wide]).

start() ->
    [made(), read(), matched(), changed(), wrong(), guards(), other_modules(), tests(), closures(), loops(),
     handlers(), generations()].

made() ->
    N = id(7),
    [#point{}, #point{x = N}, #point{y = N, x = {N}}, #person{name = N}, #person{name = n, age = N, tags = []},
     #empty{}, #'Odd Name'{'_' = N}, #'Odd Name'{'_' = N, 'a field' = 2, 'div' = 3},
     #wide{f11 = N}, #wide{f01 = N, f11 = #point{x = N}}, #point{x = id(1)} =:= #point{x = 1},
     #records_native:point{}, #records_native:point{y = N}].

read() ->
    P = id(#person{name = bob}),
    W = id(#wide{f11 = eleven}),
    [P#person.name, P#person.age, P#person.id, P#_.tags, (id(#'Odd Name'{'_' = 4}))#'Odd Name'.'_',
     (id(#point{x = 3}))#records_native:point.x, W#wide.f01, W#wide.f08, W#wide.f09, W#wide.f11, W#wide.f12, W#_.f10].

matched() ->
    Values = [#point{}, #point{x = 1}, #point{x = 1, y = 1}, #person{name = bob}, #person{name = bob, age = 1},
              #empty{}, #wide{f11 = 0}, {point, 1, 2}, #{x => 1}, point, [], <<>>, 1.0],
    [what(id(V)) || V <- Values] ++ [equal_fields(id(V)) || V <- Values] ++ [external(id(V)) || V <- Values].

what(#point{x = 0, y = 0}) -> origin;
what(#point{x = X, y = X}) -> {diagonal, X};
what(#point{x = X}) -> {point, X};
what(#person{name = Name, age = 18}) -> {adult, Name};
what(#person{name = Name} = P) -> {P, Name};
what(#empty{}) -> empty;
what(#_{f03 = F}) -> {wide, F};
what(#_{}) -> some_record;
what(_) -> none.

equal_fields(#_{x = X, y = X}) -> {same, X};
equal_fields(#_{x = X, y = _}) -> {different, X};
equal_fields(#_{age = A}) -> {age, A};
equal_fields(_) -> none.

external(#records_native:person{age = A}) -> {age, A};
external(#records_native:person{}) -> not_exported;
external(#records_native:point{x = X}) -> {x, X};
external(#records_native:empty{}) -> empty;
external(_) -> none.

changed() ->
    P = id(#person{name = bob}),
    Q = P#person{age = 3, name = {P#person.name}},
    [Q, Q#person{tags = Q#person.tags ++ [c]}, (id(#point{}))#point{x = 1, y = 2}, (id(#point{}))#_{y = 5},
     (id(#point{}))#records_native:point{x = 6}, P, (id(#wide{f11 = 1}))#wide{f12 = x, f01 = y, f09 = z},
     P#person{name = bob} =:= P, (id(#empty{})) =:= #empty{}].

wrong() ->
    P = id(#person{name = bob}),
    Fs = [fun() -> P#point.x end, fun() -> (id(point))#point.x end, fun() -> (id({point, 1, 2}))#point.x end,
          fun() -> P#_.nothing end, fun() -> (id(1))#_.nothing end, fun() -> (id(#empty{}))#_.x end,
          fun() -> P#records_native:person.name end, fun() -> (id(#point{}))#records_native:point.z end,
          fun() -> P#point{x = 1} end, fun() -> (id(1))#point{x = 1} end, fun() -> P#_{x = 1} end,
          fun() -> (id(#point{}))#_{z = 1} end, fun() -> (id([]))#_{z = 1} end,
          fun() -> P#records_native:person{name = 1} end,
          fun() -> (id(#point{}))#records_native:point{zz = 1} end, fun() -> (id(#wide{f11 = 1}))#_{f13 = 1} end,
          fun() -> #records_native:wide{f01 = 1} end, fun() -> #records_native:wide{f11 = 1, f13 = 2} end,
          fun() -> #records_native:person{name = 1} end, fun() -> #records_native_none:nothing{} end,
          fun() -> #records_native_none:point{} end, fun() -> #point{} = P end,
          fun() -> case P of #empty{} -> ok end end, fun() -> only_points(P) end,
          fun() -> element(1, P) end, fun() -> maps:get(name, P) end, fun() -> hd(P) end, fun() -> (id(P))() end,
          fun() -> P + 1 end, fun() -> [P | P] ++ [] end, fun() -> tuple_size(P) end, fun() -> map_size(P) end,
          fun() -> byte_size(P) end, fun() -> tuple_to_list(P) end, fun() -> <<P/binary>> end],
    [caught(F) || F <- Fs].

only_points(#point{}) -> ok.

caught(F) ->
    try {no_error, F()}
    catch
        Class:Reason:Trace ->
            [{M, N, _, _} | _] = Trace,
            {Class, Reason, M, case is_inner(N) of true -> inner; false -> N end}
    end.

is_inner(Name) -> hd(atom_to_list(Name)) =:= $-.

guards() ->
    Values = [#point{}, #point{x = 1}, #person{name = bob}, #person{name = n, age = 1}, #empty{}, {point, 1}, x],
    [{guard(id(V)), other_guard(id(V))} || V <- Values].

guard(P) when P#point.x =:= 0 -> zero;
guard(P) when P#person.age > 10, P#person.name =/= n -> old;
guard(P) when P#_.age < 10; P#_.x > 0 -> small;
guard(P) when P#records_native:person.age > 0 -> never;
guard(P) when is_record(P) -> a_record;
guard(_) -> none.

other_guard(P) when is_record(P, point); is_record(P, person), P#person.age =:= 18 -> yes;
other_guard(P) when is_record(P, records_native, empty) -> empty;
other_guard(P) when not is_record(P) -> no;
other_guard(_) -> other.

other_modules() ->
    Mine = records:create(elsewhere, thing, [{a, 1}, {b, 2}], #{is_exported => true}),
    Hidden = records:create(elsewhere, thing, [{a, 1}, {b, 2}], #{is_exported => false}),
    [[thing(id(T)), caught(fun() -> T#elsewhere:thing.a end), caught(fun() -> T#_.b end),
      caught(fun() -> T#elsewhere:thing{b = 3} end), caught(fun() -> T#_{b = 3} end), any(id(T)),
      is_record(T, elsewhere, thing), is_record(T, records_native, thing), T]
     || T <- [Mine, Hidden, #point{}]].

thing(#elsewhere:thing{c = C}) -> {c, C};
thing(#elsewhere:thing{a = A}) -> {a, A};
thing(#elsewhere:thing{}) -> thing;
thing(_) -> none.

any(#_{a = A}) -> {a, A};
any(#_{}) -> any;
any(_) -> none.

tests() ->
    Is = fun(Args) -> try apply(erlang, is_record, Args) catch error:E -> E end end,
    P = #point{x = 1},
    [Is(Args) || Args <- [[P], [{point}], [P, point], [P, records_native], [P, 1], [P, records_native, point],
                          [P, point, records_native], [P, point, 3], [P, records_native, 3], [P, 1, point],
                          [P, point, "x"], [{point, 1}, point], [{point, 1}, point, 2], [{point, 1}, point, point]]] ++
        [is_tuple(P), is_map(P), is_list(P), is_function(P), is_reference(P), is_binary(P), is_atom(P), is_pid(P),
         is_number(P), is_bitstring(P), is_port(P), is_function(P, 1)].

closures() ->
    P = id(#point{x = 1}),
    F = fun(#point{x = X} = Q) -> {P#point{y = X}, Q#point{x = P#point.x + X}} end,
    [F(#point{x = N, y = -N}) || N <- [1, 2]].

loops() ->
    count(5000, #point{}) + sum([#person{name = N} || N <- lists:seq(1, 300)], 0).

count(0, #point{x = X, y = Y}) -> X + Y;
count(N, #point{x = X} = P) when N rem 2 =:= 0 -> count(N - 1, P#point{x = X + 1});
count(N, P) -> count(N - 1, P#point{y = P#point.y + 2}).

sum([#person{name = N, age = A} | Rest], Sum) -> sum(Rest, Sum + N * A);
sum([], Sum) -> Sum.

%% A record must survive in what a handler sees.
handlers() ->
    P = id(#point{x = 4}),
    try (id(P#point{y = 1}))#point{x = throw(P#point.x)}
    catch throw:X -> {X, P, P#point{y = X}}
    end.

%% Records in old and young heaps, shared and not.
generations() ->
    Kept = [#person{name = N, tags = #point{x = N}} || N <- lists:seq(1, 50)],
    Waste = fun Waste(0) -> ok; Waste(N) -> _ = [#wide{f11 = I} || I <- lists:seq(1, 20)], Waste(N - 1) end,
    Waste(100),
    erlang:garbage_collect(),
    Waste(100),
    Changed = [P#person{age = T#point.x} || #person{tags = T} = P <- Kept],
    erlang:garbage_collect(),
    {lists:sum([A || #person{age = A} <- Changed]), hd(Changed), lists:last(Changed)}.

id(X) -> X.
