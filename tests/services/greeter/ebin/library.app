{application, library,
 [{description, "An application without processes"}, {vsn, "1"}, {modules, []}, {registered, []},
  {applications, [kernel, stdlib, failing]}, {optional_applications, [failing]}]}.
