{application, failing,
 [{description, "An application that does not start"},
  {vsn, "1"},
  {modules, []},
  {registered, []},
  {applications, [kernel, stdlib, greeter]},
  {mod, {applications, failing}}]}.
