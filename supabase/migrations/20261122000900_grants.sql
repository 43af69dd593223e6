-- Nobody but the server's role executes anything, and it executes nothing but these functions.
-- New Supabase projects grant nothing by themselves, older ones grant too much: both end up the same here.

revoke all on schema private from public, anon, authenticated, service_role;
revoke all on all tables in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant usage on schema public to service_role;
grant execute on all functions in schema public to service_role;
