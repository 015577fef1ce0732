#!/usr/bin/env escript
%% record.escript: prints what OTP's erl_error says of each case of uncaught.erl, up to the frame of main/1. Run it in this folder,
%% with uncaught.beam there, on OTP 25 to 28 (29 writes places in another form): escript record.escript > expect.txt
%% What error_info adds about a BIF's arguments is left out: the modules that know it belong to OTP.
-mode(compile).

main([]) ->
    lists:foreach(fun(Case) -> attempt(Case) end, uncaught:cases()).

attempt(Case) ->
    try uncaught:main([atom_to_list(Case)])
    catch
        Class:Reason:Trace ->
            Ours = lists:takewhile(fun({_, F, _, _}) -> F =/= attempt end, Trace),
            Text = erl_error:format_exception(Class, Reason, [{M, F, A, lists:keydelete(error_info, 1, L)} || {M, F, A, L} <- Ours]),
            io:format("# ~s~n~ts~n", [Case, Text])
    end.
