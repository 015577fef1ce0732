%% case on integers: dense, with holes, negative, sparse, big, and values of other types falling through.
-module(select_integers).
-export([start/0, id/1]).

start() ->
    [{dense, [dense(X) || X <- [-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, a, 3.0]]},
     {holes, [holes(X) || X <- [9, 10, 11, 12, 13, 14, 15, 16, 20, 21, 29, 30, 31, 1 bsl 64]]},
     {negative, [negative(X) || X <- [-6, -5, -4, -3, -2, -1, 0, 1, 2]]},
     {sparse, [sparse(X) || X <- [1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 11, 99999]]},
     {extreme, [extreme(X) || X <- extremes()]},
     {same_target, [vowel(X) || X <- [$a, $b, $e, $i, $o, $u, $y, $z]]},
     {mixed, [mixed(X) || X <- [0, 1, 2, a, b, [], [x], {}, {1}, 1.0, <<>>]]},
     {in_head, [month(X) || X <- [1, 2, 4, 12, 13]]},
     {inner_loop, loop(id(100000), 0)},
     {two_values, [two(X) || X <- [1, 2, 3, 1 bsl 70]]},
     {characters, lex([$1, $+, $(, $2, $*, $x, $), $?])}].

dense(X) ->
    case id(X) of
        0 -> zero;
        1 -> one;
        2 -> two;
        3 -> three;
        4 -> four;
        5 -> five;
        6 -> six;
        7 -> seven;
        8 -> eight;
        9 -> nine;
        _ -> other
    end.

holes(X) ->
    case id(X) of
        10 -> a;
        11 -> b;
        13 -> c;
        14 -> d;
        20 -> e;
        21 -> f;
        30 -> g;
        _ -> none
    end.

negative(X) ->
    case id(X) of
        -5 -> m5;
        -4 -> m4;
        -3 -> m3;
        -1 -> m1;
        0 -> zero;
        1 -> p1;
        _ -> none
    end.

sparse(1) -> 0;
sparse(10) -> 1;
sparse(100) -> 2;
sparse(1000) -> 3;
sparse(10000) -> 4;
sparse(100000) -> 5;
sparse(1000000) -> 6;
sparse(10000000) -> 7;
sparse(_) -> none.

extremes() ->
    [(1 bsl id(59)) - 1, -(1 bsl id(59)), 1 bsl id(59), 1 bsl id(63), -(1 bsl id(63)), 1 bsl id(64), 0, (1 bsl id(27)) - 1,
     1 bsl id(27), 1 bsl id(100)].

extreme(576460752303423487) -> small_max;
extreme(-576460752303423488) -> small_min;
extreme(576460752303423488) -> first_big;
extreme(9223372036854775808) -> word;
extreme(-9223372036854775808) -> word_min;
extreme(18446744073709551616) -> beyond;
extreme(134217727) -> small32_max;
extreme(134217728) -> beyond32;
extreme(0) -> zero;
extreme(_) -> other.

vowel(X) when X =:= $a; X =:= $e; X =:= $i; X =:= $o; X =:= $u -> vowel;
vowel($y) -> sometimes;
vowel(_) -> consonant.

mixed(0) -> zero;
mixed(1) -> one;
mixed(a) -> letter;
mixed([]) -> nil;
mixed({}) -> empty;
mixed(1.0) -> float;
mixed([_ | _]) -> cons;
mixed({_}) -> tuple;
mixed(2) -> two;
mixed(_) -> other.

month(M) ->
    case M of
        2 -> 28;
        4 -> 30;
        6 -> 30;
        9 -> 30;
        11 -> 30;
        N when N >= 1, N =< 12 -> 31;
        _ -> error
    end.

loop(0, Acc) -> Acc;
loop(N, Acc) ->
    case N rem 7 of
        0 -> loop(N - 1, Acc + 1);
        1 -> loop(N - 1, Acc + 2);
        2 -> loop(N - 1, Acc + 3);
        3 -> loop(N - 1, Acc + 5);
        4 -> loop(N - 1, Acc + 7);
        5 -> loop(N - 1, Acc + 11);
        6 -> loop(N - 1, Acc - 13)
    end.

two(1) -> first;
two(2) -> second;
two(_) -> neither.

lex([]) -> [];
lex([C | Rest]) when C >= $0, C =< $9 -> [{digit, C - $0} | lex(Rest)];
lex([C | Rest]) ->
    Token = case C of
        $+ -> plus;
        $- -> minus;
        $* -> times;
        $/ -> divide;
        $( -> open;
        $) -> close;
        L when L >= $a, L =< $z -> {letter, L};
        _ -> {unknown, C}
    end,
    [Token | lex(Rest)].

id(X) -> X.
