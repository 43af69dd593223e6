-- What a page shows is read in one round trip: several reading functions, called as the same person at one moment.

create function public.read_together(p_workshop uuid, p_token_hash text, p_functions jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  name text;
  answers jsonb := '{}'::jsonb;
begin
  perform private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  perform private.check_list('The functions', p_functions, 20, 'string');
  for name in select distinct given.name from jsonb_array_elements_text(p_functions) as given (name) loop
    answers := answers || jsonb_build_object(name, case name
      when 'read_place' then public.read_place(p_workshop, p_token_hash)
      when 'read_people' then public.read_people(p_workshop, p_token_hash)
      when 'read_drafts' then public.read_drafts(p_workshop, p_token_hash)
      when 'read_policy' then public.read_policy(p_workshop, p_token_hash)
      when 'read_scenarios' then public.read_scenarios(p_workshop, p_token_hash)
      when 'read_runs' then public.read_runs(p_workshop, p_token_hash)
      when 'read_marks' then public.read_marks(p_workshop, p_token_hash)
      when 'read_rounds' then public.read_rounds(p_workshop, p_token_hash)
      when 'read_results' then public.read_results(p_workshop, p_token_hash)
    end);
    if answers -> name = 'null'::jsonb then
      perform private.fail('PT400', format('%s is not read together with others.', left(name, 60)));
    end if;
  end loop;
  return answers;
end
$$;
