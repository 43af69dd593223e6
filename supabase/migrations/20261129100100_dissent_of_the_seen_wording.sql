-- A dissent is from the wording that its writer saw.

-- One's own dissent beside a decision: begun, reworded, or withdrawn. Nobody can write or take another's. Whoever saw another
-- wording than the present one dissents from none that they never read; servers older than this file name none.
drop function public.set_dissent(uuid, text, uuid, boolean, text);
create function public.set_dissent(
  p_workshop uuid, p_token_hash text, p_note uuid, p_is_dissenting boolean, p_words text, p_base_revision integer default null
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant');
  note public.notes := private.lock_note(p_workshop, p_note);
begin
  perform private.check_given('Whether you dissent', p_is_dissenting is not null);
  perform private.check_text('Your words', p_words, 1000, false);
  if note.kind <> 'decision' or note.withdrawn_at is not null then
    perform private.fail('PT404', 'There is no such decision, or it was withdrawn: nobody dissents from it now. What you wrote stays your draft.');
  end if;
  if p_is_dissenting then
    if exists (select from public.note_events e where e.note_id = p_note and e.kind = 'edited' and e.revision > p_base_revision) then
      perform private.fail('PT409',
        'The decision was reworded since you opened it. Read what it says now, then decide anew whether you dissent.');
    end if;
    insert into public.dissents as d (note_id, person_id, words, revision)
      values (p_note, me.id, btrim(coalesce(p_words, ''), E' \t\n\r'), note.revision)
      on conflict (note_id, person_id) do update set words = excluded.words, revision = excluded.revision, at = excluded.at,
        hidden_at = case when d.words = excluded.words then d.hidden_at end;
  else
    delete from public.dissents where note_id = p_note and person_id = me.id;
  end if;
  perform private.bump(p_workshop, 'notes');
  return '{}'::jsonb;
end
$$;

-- What is done once, with the wording that a dissent is from.
create or replace function public.once(p_request uuid, p_function text, p_arguments jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  a jsonb := p_arguments;
  workshop uuid;
  token text;
  given jsonb;
begin
  perform private.check_given('The request''s id', p_request is not null);
  perform private.check_arguments(p_function, p_arguments);
  -- The same act a moment earlier may still be under way: this waits for its end.
  insert into private.acts (act)
    values (encode(sha256(convert_to(concat(p_request, ' ', p_function, ' ', p_arguments), 'UTF8')), 'hex'))
    on conflict do nothing;
  if not found then
    return '{}'::jsonb;
  end if;
  workshop := (a ->> 'workshop')::uuid;
  token := a ->> 'token_hash';
  given := case p_function
    when 'ask_back' then public.ask_back(a ->> 'join_code', a ->> 'name')
    when 'set_workshop' then public.set_workshop(workshop, token, a -> 'changes')
    when 'change_person' then public.change_person(workshop, token, (a ->> 'person')::uuid, a -> 'changes')
    when 'hide_text' then
      public.hide_text(workshop, token, a ->> 'kind', (a ->> 'id')::uuid, (a ->> 'is_hidden')::boolean)
    when 'reissue_link' then public.reissue_link(workshop, a ->> 'role', token)
    when 'withdraw_scenario' then
      public.withdraw_scenario(workshop, token, (a ->> 'scenario')::uuid, (a ->> 'is_withdrawn')::boolean)
    when 'set_mark' then
      public.set_mark(workshop, token, (a ->> 'response')::uuid, (a ->> 'clause')::uuid, a ->> 'value')
    when 'stop_run' then public.stop_run(workshop, token, (a ->> 'run')::uuid)
    when 'resume_run' then public.resume_run(workshop, token, (a ->> 'run')::uuid)
    when 'resume_paused' then public.resume_paused(workshop, token, a ->> 'model', a ->> 'api_base')
    when 'retry_response' then public.retry_response(workshop, token, (a ->> 'response')::uuid)
    when 'pause_run' then public.pause_run(a ->> 'process', (a ->> 'run')::uuid, a ->> 'reason')
    when 'go_to_step' then public.go_to_step(workshop, token, (a ->> 'seen')::uuid, (a ->> 'step')::uuid)
    when 'pause_timer' then public.pause_timer(workshop, token, (a ->> 'is_paused')::boolean)
    when 'extend_timer' then public.extend_timer(workshop, token, (a ->> 'seconds')::double precision)
    when 'edit_note' then
      public.edit_note(workshop, token, (a ->> 'note')::uuid, a ->> 'text', (a ->> 'base_revision')::integer)
    when 'withdraw_note' then public.withdraw_note(workshop, token, (a ->> 'note')::uuid, (a ->> 'is_withdrawn')::boolean)
    when 'set_dissent' then
      public.set_dissent(workshop, token, (a ->> 'note')::uuid, (a ->> 'is_dissenting')::boolean, a ->> 'words',
        (a ->> 'base_revision')::integer)
    when 'call_everyone' then
      public.call_everyone(workshop, token, (a ->> 'call')::uuid, a ->> 'kind', a ->> 'target')
    when 'take_back_call' then public.take_back_call(workshop, token, (a ->> 'call')::uuid)
    when 'set_spotlight' then
      public.set_spotlight(workshop, token, (a ->> 'spotlight')::uuid, a ->> 'kind', (a ->> 'target')::uuid)
    when 'end_spotlight' then public.end_spotlight(workshop, token, (a ->> 'spotlight')::uuid)
    when 'grant_leading' then public.grant_leading(workshop, token, (a ->> 'person')::uuid, (a ->> 'is_granted')::boolean)
    when 'take_back_nudges' then public.take_back_nudges(workshop, token, a -> 'people')
    when 'put_away_nudge' then public.put_away_nudge(workshop, token)
    when 'edit_comment' then public.edit_comment(workshop, token, (a ->> 'comment')::uuid, a ->> 'text')
    when 'withdraw_comment' then
      public.withdraw_comment(workshop, token, (a ->> 'comment')::uuid, (a ->> 'is_withdrawn')::boolean)
    when 'settle_suggestion' then public.settle_suggestion(workshop, token, (a ->> 'suggestion')::uuid, a ->> 'state')
    when 'set_rough' then public.set_rough(workshop, token, (a ->> 'clause')::uuid, (a ->> 'is_rough')::boolean)
    when 'stop_all_runs' then public.stop_all_runs(workshop, token, (a ->> 'stop')::uuid)
    when 'resume_all_runs' then public.resume_all_runs(workshop, token, (a ->> 'stop')::uuid)
  end;
  if given is null then
    perform private.fail('PT400', format('%s is not done under a request.', left(p_function, 60)));
  end if;
  perform private.forget_old_acts();
  return '{}'::jsonb;
end
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
