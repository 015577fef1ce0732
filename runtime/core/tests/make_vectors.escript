#!/usr/bin/env escript
%% Writes vectors.txt: terms with what the reference VM makes of them. Run it with OTP 29.
%% A line: external form in hex, phash2 of 2^32, ~0p text in hex, ~w text in hex (both "-" for maps of more than
%% one key, whose order is not defined). Lines of kind "f": bits of a float and its short text. Lines of kind "o":
%% terms in ascending order, and whether each is equal to the one before.
main([File]) ->
    rand:seed(exsss, {1, 2, 3}),
    Fixed = [0, 1, -1, 127, 128, 255, 256, 65535, (1 bsl 27) - 1, 1 bsl 27, -(1 bsl 27), -(1 bsl 27) - 1,
             (1 bsl 31) - 1, 1 bsl 31, -(1 bsl 31), -(1 bsl 31) - 1, (1 bsl 59) - 1, 1 bsl 59, -(1 bsl 59),
             -(1 bsl 59) - 1, 1 bsl 63, 1 bsl 64, -(1 bsl 64), 1 bsl 128, -(1 bsl 2100) + 12345, 0.0, -0.0, 1.0, 1.5e300,
             [], {}, #{}, <<>>, <<1:1>>, <<0:7>>, <<255, 1:3>>, a, '', 'A b', 'åäö', '日本', "abc", "å", [256],
             "abcd", "abcde", "abc" ++ d, [1 | 2], [[]], [[] | []], {[], {}}, [a, b, c], lists:seq(1, 300),
             list_to_atom(lists:duplicate(255, $ä)), list_to_tuple(lists:seq(1, 300)), binary:copy(<<"x">>, 100),
             binary:copy(<<1, 2, 3>>, 40), #{a => 1}, #{1 => 2, 3 => #{x => y}}, #{1.0 => a, 1 => b},
             maps:from_list([{I, I * I} || I <- lists:seq(1, 32)]), maps:from_list([{I, -I} || I <- lists:seq(1, 33)]),
             maps:from_list([{{I}, [I]} || I <- lists:seq(1, 100)]), #{[] => []}, {ok, #{}}, 'fun', 'end', 'maybe'],
    Random = [term(3) || _ <- lists:seq(1, 250)],
    Terms = Fixed ++ Random,
    Lines = [[hex(term_to_binary(T)), " ", integer_to_list(erlang:phash2(T, 1 bsl 32)), " ", text("~0p", T), " ",
              text("~w", T), "\n"] || T <- Terms],
    Floats = [begin <<F/float>> = <<B:64>>, ["f ", hex(<<B:64>>), " ", float_to_list(F, [short]), "\n"] end
              || B <- float_bits()],
    Sorted = lists:sort(Terms ++ [near(T) || T <- Terms, is_number(T)]),
    Order = [["o ", hex(term_to_binary(T)), if Previous == T -> " =\n"; true -> " <\n" end]
             || {Previous, T} <- lists:zip([none | lists:droplast(Sorted)], Sorted)],
    ok = file:write_file(File, [Lines, Floats, Order]).

near(T) when is_integer(T), abs(T) < 1 bsl 1000 -> float(T);
near(T) when is_float(T) -> trunc(T);
near(T) -> T + 1.

hex(B) -> binary:encode_hex(B, lowercase).
text(Format, T) ->
    case ordered(T) of
        true -> ["x", hex(unicode:characters_to_binary(io_lib:format(Format, [T])))];
        false -> "-"
    end.

%% Maps of several keys print in no defined order.
ordered(T) when is_map(T), map_size(T) > 1 -> false;
ordered(T) when is_map(T) -> lists:all(fun ({K, V}) -> ordered(K) andalso ordered(V) end, maps:to_list(T));
ordered(T) when is_tuple(T) -> lists:all(fun ordered/1, tuple_to_list(T));
ordered([H | T]) -> ordered(H) andalso ordered(T);
ordered(_) -> true.

float_bits() ->
    Some = [<<F/float>> || F <- [1.0e21, 1.0e22, 9007199254740992.0, 9007199254740991.0, 123456.0, 0.1, 0.0001, 1.0e-5,
                                 5.0e-324, 1.7976931348623157e308, 100.0, 1.0e6, 123456789012.0, 1.0e15, 1.0e16]],
    [B || <<B:64>> <- Some]
        ++ [begin <<B:64>> = <<(rand:uniform(1000000) / math:pow(10, rand:uniform(12)))/float>>, B end || _ <- lists:seq(1, 150)]
        ++ [begin <<B:64>> = <<(float(rand:uniform(1 bsl rand:uniform(62))))/float>>, B end || _ <- lists:seq(1, 150)]
        ++ [B || B <- [rand:uniform(1 bsl 64) - 1 || _ <- lists:seq(1, 150)], (B bsr 52) band 16#7ff =/= 16#7ff].

term(0) -> leaf(rand:uniform(12));
term(D) ->
    case rand:uniform(12) of
        1 -> [term(D - 1) || _ <- lists:seq(1, rand:uniform(5))];
        2 -> list_to_tuple([term(D - 1) || _ <- lists:seq(1, rand:uniform(5))]);
        3 -> maps:from_list([{term(D - 2 + rand:uniform(1)), term(D - 1)} || D > 1, _ <- lists:seq(1, rand:uniform(5))]);
        4 -> [term(D - 1) | term(D - 1)];
        5 -> maps:from_list([{leaf(rand:uniform(12)), leaf(rand:uniform(12))} || _ <- lists:seq(1, rand:uniform(40))]);
        N -> leaf(N)
    end.

leaf(1) -> rand:uniform(1000) - 500;
leaf(2) -> rand:uniform(1 bsl 60) - (1 bsl 59);
leaf(3) -> rand:uniform(1 bsl (rand:uniform(300))) * (rand:uniform(3) - 2);
leaf(4) -> (rand:uniform() - 0.5) * math:pow(10, rand:uniform(40) - 20);
leaf(5) -> lists:nth(rand:uniform(6), [a, b, foo, 'Bar', 'x y', ok]);
leaf(6) -> list_to_atom([rand:uniform(500) || _ <- lists:seq(1, rand:uniform(6))]);
leaf(7) -> rand:bytes(rand:uniform(80) - 1);
leaf(8) -> N = rand:uniform(100), <<B:N/bitstring, _/bitstring>> = rand:bytes(13), B;
leaf(9) -> [rand:uniform(94) + 32 || _ <- lists:seq(1, rand:uniform(20))];
leaf(10) -> [rand:uniform(300) - 1 || _ <- lists:seq(1, rand:uniform(9))];
leaf(11) -> [];
leaf(12) -> list_to_binary([rand:uniform(94) + 32 || _ <- lists:seq(1, rand:uniform(20))]).
