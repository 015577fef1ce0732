%% Records: defaults, updates, matching, guards, nesting, access to a wrong record.
-module(records_tagged).
-export([start/0, id/1]).

-record(point, {x = 0, y = 0, label}).
-record(line, {from = #point{}, to = #point{x = 1}, width = 1.5 :: float()}).
-record(wide, {a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8}).

start() ->
    P = id(#point{x = 3}),
    L = id(#line{to = P}),
    W = id(#wide{}),
    [{defaults, #point{}},
     {given, P},
     {nested, L},
     {access, {P#point.x, P#point.label, (L#line.to)#point.x}},
     {update, P#point{y = 7, label = here}},
     {update_several, W#wide{a = x, c = y, h = z}},
     {update_all, W#wide{a = 1, b = 1, c = 1, d = 1, e = 1, f = 1, g = 1, h = 1}},
     {update_same, W#wide{b = 2} =:= W},
     {untouched, W},
     {nested_update, L#line{from = (L#line.from)#point{y = -1}}},
     {match, norm(P)},
     {match_label, [label(X) || X <- [P, P#point{label = a}, L, {point, 1}, other]]},
     {index, {#point.x, #point.label, element(#point.y, P)}},
     {is_record, {is_record(P, point), is_record(L, point), is_record({point}, point)}},
     {info, {record_info(size, point), record_info(fields, point)}},
     {wrong, try (id(L))#point.x of V -> V catch error:R -> R end},
     {wrong_update, try (id({point, 1}))#point{x = 1} of V -> V catch error:R -> R end},
     {all_fields, #wide{_ = same}},
     {walk, walk(id(1000), #point{})}].

norm(#point{x = X, y = Y}) -> X * X + Y * Y.

label(#point{label = undefined}) -> none;
label(#point{label = L}) when is_atom(L) -> L;
label(#line{}) -> line;
label(_) -> unknown.

walk(0, P) -> P;
walk(N, #point{x = X, y = Y} = P) when X > Y -> walk(N - 1, P#point{y = Y + 3});
walk(N, #point{x = X} = P) -> walk(N - 1, P#point{x = X + 2, label = N}).

id(X) -> X.
