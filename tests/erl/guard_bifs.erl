%% Functions allowed in guards: their values, and the guard failing on wrong arguments.
-module(guard_bifs).
-export([start/0, id/1]).

start() ->
    Values = [0, -3, 2.75, -2.5, a, [], [1, 2], [1 | 2], {}, {a, b}, #{}, #{k => 1}, <<>>, <<1, 2, 3>>, <<1:9>>],
    [{abs, [V || V <- Values, abs(V) > 2]},
     {numbers, [{abs(V), round(V), trunc(V), floor(V), ceil(V), float(V)} || V <- [0, -3, 2.75, -2.5, 2.5, 0.49]]},
     {length, [V || V <- Values, length(V) >= 0]},
     {tuple_size, [V || V <- Values, tuple_size(V) >= 0]},
     {map_size, [V || V <- Values, map_size(V) >= 0]},
     {byte_size, [V || V <- Values, byte_size(V) >= 0]},
     {bit_size, [V || V <- Values, bit_size(V) rem 8 =:= 0]},
     {size, [V || V <- Values, size(V) >= 2]},
     {hd, [V || V <- Values, hd(V) =:= 1]},
     {tl, [V || V <- Values, is_list(tl(V))]},
     {element, [V || V <- Values, element(2, V) =:= b]},
     {element_out_of_range, [V || V <- Values, element(3, V) =/= b]},
     {is_map_key, [V || V <- Values, is_map_key(k, V)]},
     {map_get, [V || V <- Values, map_get(k, V) =:= 1]},
     {arithmetic, [V || V <- Values, V * 2 - 1 < 0]},
     {bits, [V || V <- Values, V band 1 =:= 0]},
     {self, guard_self(self())},
     {node, guard_node(node())},
     {min_max, [V || V <- Values, V > -5, is_number(V)]}].

guard_self(P) when P =:= self() -> same;
guard_self(_) -> different.

guard_node(N) when N =:= node() -> same;
guard_node(_) -> different.

id(X) -> X.
