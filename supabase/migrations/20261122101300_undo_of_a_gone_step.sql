-- An undo would lead to a step that was removed since: it says so, and how to go about it.
-- Takes back the last act that was not taken back: what it changed is as it was before it. p_act says which one is meant.
create or replace function public.undo_act(p_workshop uuid, p_token_hash text, p_act uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  w public.workshops := private.lock_workshop(p_workshop);
  last public.room_acts;
  former text;
begin
  if exists (select from public.room_acts a where a.id = p_act and a.workshop_id = p_workshop and a.undone_at is not null) then
    return '{}'::jsonb;
  end if;
  select * into last from public.room_acts a where a.workshop_id = p_workshop and a.undone_at is null order by a.number desc limit 1;
  if last.id is null or last.id is distinct from p_act then
    perform private.fail('PT409', 'Somebody did something after that. Look at the console again, then undo.');
  end if;
  former := last.before ->> 'agenda_step';
  if former is not null and not private.agenda_steps(p_workshop) @> jsonb_build_array(jsonb_build_object('step_id', former)) then
    perform private.fail('PT409', 'The step that was under way before was removed from the agenda since. Bring it back there first, with “Undo the last change”.');
  end if;
  -- Where the act changed nothing, all stays as it is now.
  update public.workshops set (stage, editing_is_locked, timer_ends_at, timer_left_s, timer_label, agenda_step, agenda_step_at,
      call, spotlight, title, brief, max_calls, max_cost_usd, code_is_open, model, api_base) = (
    select b.stage, b.editing_is_locked, b.timer_ends_at, b.timer_left_s, b.timer_label, b.agenda_step, b.agenda_step_at,
      nullif(b.call, 'null'), nullif(b.spotlight, 'null'), b.title, b.brief, b.max_calls, b.max_cost_usd, b.code_is_open,
      b.model, b.api_base
      from jsonb_populate_record(w, last.before) b)
   where id = p_workshop;
  update public.room_acts set undone_at = clock_timestamp() where id = last.id;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;
