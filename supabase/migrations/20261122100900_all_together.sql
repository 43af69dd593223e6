-- What goes through everything that a workshop holds: hiding a text, taking all of it away, leaving, and the lists of what is
-- read together and of what is done once. Each is replaced as a whole where something new comes to stand in a workshop.

-- The facilitator hides an abusive text; it stays stored, and is shown as hidden to everyone else.
create or replace function public.hide_text(p_workshop uuid, p_token_hash text, p_kind text, p_id uuid, p_is_hidden boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  hidden_since timestamptz := case when coalesce(p_is_hidden, true) then now() end;
begin
  case p_kind
    when 'response' then
      update public.responses set hidden_at = hidden_since where id = p_id and workshop_id = p_workshop
        and exists (select from public.runs ru where ru.id = run_id and ru.shared_at is not null);
    when 'scenario' then
      update public.scenarios set hidden_at = hidden_since where id = p_id and workshop_id = p_workshop and shared_at is not null;
    when 'clause' then
      if exists (select from public.clauses where id = p_id and workshop_id = p_workshop and withdrawn_at is null)
          and hidden_since is not null then
        perform private.fail('PT400', 'The clause is still part of the policy. Withdraw it first, then hide it.');
      end if;
      update public.clauses set hidden_at = hidden_since where id = p_id and workshop_id = p_workshop;
    when 'reason' then
      update public.votes v set reason_hidden_at = hidden_since from public.rounds r
       where v.id = p_id and r.id = v.round_id and r.workshop_id = p_workshop and r.status = 'revealed';
    when 'dissent' then
      update public.dissents d set hidden_at = hidden_since from public.notes n
       where d.id = p_id and n.id = d.note_id and n.workshop_id = p_workshop;
    when 'comment' then
      update public.comments set hidden_at = hidden_since where id = p_id and workshop_id = p_workshop;
    when 'suggestion' then
      update public.suggestions set hidden_at = hidden_since where id = p_id and workshop_id = p_workshop;
    else
      perform private.fail('PT400',
        'Only a response, a scenario, a clause, a reason, a dissent, a comment or a suggestion can be hidden.');
  end case;
  if not found then
    perform private.fail('PT404', 'There is no such shared text in this workshop.');
  end if;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;

create or replace function private.has_hidden_texts(p_workshop uuid) returns boolean
language sql stable set search_path = '' as $$
  select exists (select from public.people where workshop_id = p_workshop and name_hidden_at is not null)
    or exists (select from public.clauses where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.scenarios where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.responses where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.comments where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.suggestions where workshop_id = p_workshop and hidden_at is not null)
    or exists (select from public.dissents d join public.notes n on n.id = d.note_id
                where n.workshop_id = p_workshop and d.hidden_at is not null)
    or exists (select from public.votes v join public.rounds r on r.id = v.round_id
                where r.workshop_id = p_workshop and v.reason_hidden_at is not null)
$$;

create or replace function public.export_workshop(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return (select private.with_discussion(private.with_notes(private.workshop_export(w, me), w.id, me.role), w.id, me.role, me.id)
    from public.workshops w where w.id = p_workshop);
end
$$;

-- As the server, for the command line: exactly what the organizer may see.
create or replace function public.export_as_server(p_workshop uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  organizer public.people;
begin
  select * into organizer from public.people where workshop_id = p_workshop and role = 'organizer';
  if organizer.id is null then
    perform private.fail('PT404', 'No workshop has this id. `doctor` tells which database is in use.');
  end if;
  return (select private.with_discussion(
      private.with_notes(private.workshop_export(w, organizer), w.id, organizer.role), w.id, organizer.role, organizer.id)
    from public.workshops w where w.id = p_workshop);
end
$$;

-- Ends a person's time in the workshop, with or without their data. The caller has locked the person and the workshop.
create or replace function private.leave(p_person uuid, p_workshop uuid, p_delete_data boolean) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.tokens where person_id = p_person;
  delete from public.drafts where person_id = p_person;
  delete from private.document_cursors where by_person = p_person;
  perform private.stop_runs_of(p_person);
  if p_delete_data then
    -- Votes of a revealed anonymous round carry no person any more, so they cannot be found and stay in the counts.
    delete from public.votes where person_id = p_person;
    delete from public.round_voters where person_id = p_person;
    delete from public.marks where person_id = p_person;
    delete from public.dissents where person_id = p_person;
    -- What they had taken back is before nobody any more; the rest was given to the group.
    delete from public.comments where by_person = p_person and withdrawn_at is not null;
    delete from public.suggestions where by_person = p_person and state = 'withdrawn';
    -- The calls were made and paid for: they stay in the workshop's count.
    update public.workshops w set forgotten_calls = forgotten_calls + gone.calls, forgotten_cost_usd = forgotten_cost_usd + gone.cost
      from (select coalesce(sum(r.attempts - (r.status = 'stopped')::integer), 0) as calls, coalesce(sum(r.cost_usd), 0) as cost
              from public.responses r join public.runs ru on ru.id = r.run_id
             where ru.asked_by = p_person and ru.shared_at is null) gone
     where w.id = p_workshop;
    delete from public.runs where asked_by = p_person and shared_at is null;
    delete from public.scenarios where made_by = p_person and shared_at is null;
    update public.people set name = 'a former participant', last_seen_at = null, wants_back_at = null, name_hidden_at = null,
        page = '', acted_at = null, nudged_at = null, nudge_reason = null
     where id = p_person;
  end if;
  update public.people set left_at = coalesce(left_at, now()), co_facilitator_since = null where id = p_person;
  perform private.bump(p_workshop);
end
$$;

create or replace function public.read_together(p_workshop uuid, p_token_hash text, p_reads jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  asked jsonb;
  answer jsonb;
  answers jsonb := '[]'::jsonb;
begin
  perform private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  perform private.check_list('What is read', p_reads, 20, 'object');
  for asked in select given.value from jsonb_array_elements(p_reads) with ordinality as given (value, place) order by place loop
    answer := case asked ->> 'function'
      when 'read_place' then public.read_place(p_workshop, p_token_hash)
      when 'read_people' then public.read_people(p_workshop, p_token_hash)
      when 'read_drafts' then public.read_drafts(p_workshop, p_token_hash)
      when 'read_policy' then public.read_policy(p_workshop, p_token_hash)
      when 'read_version' then public.read_version(p_workshop, p_token_hash, (asked ->> 'number')::integer)
      when 'read_scenarios' then public.read_scenarios(p_workshop, p_token_hash)
      when 'read_runs' then public.read_runs(p_workshop, p_token_hash)
      when 'read_responses' then
        public.read_responses(p_workshop, p_token_hash, (asked ->> 'scenario')::uuid, (asked ->> 'run')::uuid)
      when 'read_marks' then public.read_marks(p_workshop, p_token_hash)
      when 'read_rounds' then public.read_rounds(p_workshop, p_token_hash)
      when 'read_results' then public.read_results(p_workshop, p_token_hash)
      when 'read_agenda' then public.read_agenda(p_workshop, p_token_hash)
      when 'read_notes' then public.read_notes(p_workshop, p_token_hash)
      when 'read_beside' then public.read_beside(p_workshop, p_token_hash)
      when 'read_beside_clause' then public.read_beside_clause(p_workshop, p_token_hash, (asked ->> 'clause')::uuid)
      when 'read_clause_history' then public.read_clause_history(p_workshop, p_token_hash, (asked ->> 'clause')::uuid)
      when 'read_suggestions' then public.read_suggestions(p_workshop, p_token_hash)
      when 'read_queue' then public.read_queue(p_workshop, p_token_hash)
    end;
    if answer is null then
      perform private.fail('PT400', format('%s is not read together with others.', left(asked ->> 'function', 60)));
    end if;
    answers := answers || jsonb_build_array(answer);
  end loop;
  return answers;
end
$$;

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
      public.set_dissent(workshop, token, (a ->> 'note')::uuid, (a ->> 'is_dissenting')::boolean, a ->> 'words')
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
