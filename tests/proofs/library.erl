%% OTP's compiler, pretty-printer, scanner and parser at work on modules given as .beam files: their forms are compiled
%% anew, printed, and read back. One line per module with digests of the code, of the text, and of what was read.
-module(library).
-export([main/1]).

main(Files) -> lists:foreach(fun one/1, Files).

one(File) ->
    {ok, Bytes} = file:read_file(File),
    {ok, {Module, [{abstract_code, {raw_abstract_v1, Forms}}]}} = beam_lib:chunks(Bytes, [abstract_code]),
    {ok, Module, Code, _} = compile:forms(Forms, [binary, deterministic, return]),
    Text = unicode:characters_to_binary([erl_pp:form(Form, [{encoding, unicode}]) || Form <- Forms]),
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text)),
    Read = term_to_binary(parse(Tokens, [], [])),
    io:format("~s ~b ~s ~s ~s~n", [Module, length(Forms), md5(Code), md5(Text), md5(Read)]).

%% Some forms (of older compilers' files) cannot be read back: then the error counts.
parse([], _, Forms) -> lists:reverse(Forms);
parse([{dot, _} = Dot | Rest], Tokens, Forms) ->
    parse(Rest, [], [erl_parse:parse_form(lists:reverse([Dot | Tokens])) | Forms]);
parse([Token | Rest], Tokens, Forms) -> parse(Rest, [Token | Tokens], Forms).

md5(Bytes) -> [io_lib:format("~2.16.0b", [Byte]) || <<Byte>> <= erlang:md5(Bytes)].
