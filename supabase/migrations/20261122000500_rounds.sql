-- Rounds of blind votes. Until a round is revealed, nothing but the turnout leaves these functions;
-- who voted what in an anonymous round leaves through none, ever: revealing destroys the link.

-- The items with what became of them since they were frozen, found for a whole round at once.
create view private.items as
  select i.*, r.hidden_at is not null or c.hidden_at is not null as is_hidden, s.hidden_at is not null as scenario_is_hidden,
    i.kind = 'response' or (c.id is not null and c.withdrawn_at is null and c.wording = i.frozen ->> 'text') as is_current
  from public.round_items i
    left join public.responses r on r.id = i.response_id
    left join public.clauses c on c.id = i.clause_id
    left join public.scenarios s on s.id = (i.frozen ->> 'scenario_id')::uuid;

create function private.item_json(i private.items, p_role text) returns jsonb
language sql immutable set search_path = '' as $$
  select i.frozen || jsonb_build_object('item_id', i.id, 'kind', i.kind, 'response_id', i.response_id,
    'clause_id', i.clause_id, 'version_id', i.version_id,
    'text', case when i.is_hidden and p_role <> 'facilitator' then '(hidden by the facilitator)' else i.frozen ->> 'text' end,
    'scenario_title', case when i.scenario_is_hidden and p_role <> 'facilitator' then '(hidden by the facilitator)'
      else coalesce(i.frozen ->> 'scenario_title', '') end,
    'scenario_text', case when i.scenario_is_hidden and p_role <> 'facilitator' then '(hidden by the facilitator)'
      else coalesce(i.frozen ->> 'scenario_text', '') end,
    'is_current_wording', i.is_current)
$$;

create function private.items_json(p_round uuid, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_agg(private.item_json(i, p_role) order by i.position) from private.items i where i.round_id = p_round
$$;

-- Who left after the round was closed stays in its denominator; the counts of an anonymous round are frozen at the reveal.
create function private.turnout(r public.rounds, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
      'voted_count', count(*) filter (where v.has_voted and not v.is_removed),
      'eligible_count', count(*) filter (where (v.has_voted or v.is_missing) and not v.is_removed),
      'removed_count', count(*) filter (where v.has_voted and v.is_removed),
      'voted', case when p_role = 'facilitator' then coalesce(jsonb_agg(private.name_of(v.id) order by v.name, v.id)
        filter (where v.has_voted and not v.is_removed), '[]'::jsonb) else '[]'::jsonb end,
      'missing', case when p_role = 'facilitator' then coalesce(jsonb_agg(private.name_of(v.id) order by v.name, v.id)
        filter (where v.is_missing and not v.is_removed), '[]'::jsonb) else '[]'::jsonb end)
    || coalesce(r.frozen_turnout, '{}'::jsonb)
  from (select p.id, p.name, rv.voted_at is not null as has_voted, p.removed_at is not null as is_removed,
          rv.voted_at is null and (p.left_at is null or coalesce(p.left_at > r.closed_at, false)) as is_missing
          from public.round_voters rv join public.people p on p.id = rv.person_id where rv.round_id = r.id) v
$$;

create function private.round_json(r public.rounds, me public.people) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('round_id', r.id, 'number', r.number, 'question', r.question, 'anonymity', r.anonymity,
    'status', r.status, 'opened_at', r.opened_at, 'closed_at', r.closed_at, 'revealed_at', r.revealed_at,
    'items', private.items_json(r.id, me.role),
    'my_votes', coalesce((select jsonb_agg(jsonb_build_object('item_id', v.item_id, 'position', v.position,
        'reason', v.reason, 'cast_at', v.cast_at)) from public.votes v
      where v.round_id = r.id and v.person_id = me.id and (r.status = 'revealed'
        or v.cast_at >= private.link_since(me.id))), '[]'::jsonb),
    'i_am_eligible', exists (select from public.round_voters v where v.round_id = r.id and v.person_id = me.id),
    'turnout', private.turnout(r, me.role))
$$;

-- What an item says on the ballot, copied at opening: later edits of anything change nothing of it.
create function private.freeze_item(p_workshop uuid, p_item jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  frozen jsonb;
begin
  if p_item ->> 'kind' = 'response' then
    select jsonb_build_object('text', r.text, 'scenario_id', s.id, 'scenario_title', s.title,
        'scenario_text', (select string_agg(case when jsonb_array_length(s.turns) = 1 then t ->> 'content'
             else (t ->> 'role') || ': ' || (t ->> 'content') end, E'\n\n' order by n)
             from jsonb_array_elements(s.turns) with ordinality as turn (t, n)),
        'model', ru.model, 'is_baseline', r.version_id is null, 'version_number', v.number,
        'label', 'S' || s.number || ' · ' || case when r.version_id is null then 'without policy'
          when v.number is null then 'unpublished text' else 'v' || v.number end
          || case when ru.samples > 1 then ' · sample ' || r.sample else '' end)
      into frozen
      from public.responses r join public.runs ru on ru.id = r.run_id join public.scenarios s on s.id = r.scenario_id
        left join public.policy_versions v on v.id = r.version_id
     where r.id = (p_item ->> 'response_id')::uuid and r.workshop_id = p_workshop and r.status = 'done'
       and ru.shared_at is not null and s.shared_at is not null;
  elsif p_item ->> 'kind' = 'clause' then
    select jsonb_build_object('text', c ->> 'wording', 'section', c ->> 'section', 'tag', c -> 'tag',
        'version_number', v.number, 'label', 'C' || (c ->> 'number'))
      into frozen
      from public.policy_versions v, jsonb_array_elements(v.clauses) c
     where v.id = (p_item ->> 'version_id')::uuid and v.workshop_id = p_workshop and v.number is not null
       and (c ->> 'clause_id')::uuid = (p_item ->> 'clause_id')::uuid;
  end if;
  if frozen is null then
    perform private.fail('PT404',
      'One of the chosen items cannot be voted on: responses must be finished and shared, clauses belong to a published version.');
  end if;
  return frozen;
end
$$;

create function public.open_round(
  p_workshop uuid, p_token_hash text, p_round uuid, p_question text, p_anonymity text, p_items jsonb
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  round public.rounds;
  present uuid[];
begin
  perform private.check_given('The round''s id', p_round is not null);
  select array_agg(locked.id) into present from (
    select p.id from public.people p
     where p.workshop_id = p_workshop and p.role = 'participant' and p.removed_at is null and p.left_at is null
       and p.last_seen_at > now() - interval '2 minutes'
     order by p.id for key share) locked;
  perform private.lock_workshop(p_workshop);
  select * into round from public.rounds where id = p_round and workshop_id = p_workshop;
  if round.id is not null then
    return private.round_json(round, me);
  end if;
  perform private.check_text('The question', p_question, 300);
  if p_anonymity is null or p_anonymity not in ('named', 'anonymous') then
    perform private.fail('PT400', 'A round is named or anonymous. Choose one.');
  end if;
  perform private.check_list('The items', p_items, 100, 'object');
  if jsonb_array_length(p_items) = 0 then
    perform private.fail('PT400', 'A round takes 1 to 100 items; none is chosen.');
  end if;
  if (select count(distinct (i ->> 'kind', (i ->> 'response_id')::uuid, (i ->> 'version_id')::uuid, (i ->> 'clause_id')::uuid)) <> count(*)
        from jsonb_array_elements(p_items) i) then
    perform private.fail('PT400', 'An item is chosen twice. Choose each once.');
  end if;
  insert into public.rounds (id, workshop_id, number, question, anonymity)
    select p_round, p_workshop, next_round_number, btrim(p_question), p_anonymity from public.workshops where id = p_workshop
  returning * into round;
  update public.workshops set next_round_number = next_round_number + 1 where id = p_workshop;
  insert into public.round_items (round_id, position, kind, response_id, clause_id, version_id, frozen)
    select p_round, ordinal, i ->> 'kind', case i ->> 'kind' when 'response' then (i ->> 'response_id')::uuid end,
           case i ->> 'kind' when 'clause' then (i ->> 'clause_id')::uuid end,
           case i ->> 'kind' when 'clause' then (i ->> 'version_id')::uuid end, private.freeze_item(p_workshop, i)
      from jsonb_array_elements(p_items) with ordinality as listed (i, ordinal);
  insert into public.round_voters (round_id, person_id)
    select p_round, p from unnest(present) p;
  perform private.bump(p_workshop);
  return private.round_json(round, me);
end
$$;

-- Closing and revealing take the round's lock, so that every vote is wholly before or after them.
create function private.lock_round(p_workshop uuid, p_round uuid) returns public.rounds
language plpgsql set search_path = '' as $$
declare
  round public.rounds;
begin
  select * into round from public.rounds where id = p_round and workshop_id = p_workshop for update;
  if round.id is null then
    perform private.fail('PT404', 'This round does not exist in this workshop.');
  end if;
  return round;
end
$$;

create function public.close_round(p_workshop uuid, p_token_hash text, p_round uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  round public.rounds := private.lock_round(p_workshop, p_round);
begin
  if round.status = 'open' then
    update public.rounds set status = 'closed', closed_at = clock_timestamp() where id = p_round returning * into round;
    perform private.bump(p_workshop);
  end if;
  return private.round_json(round, me);
end
$$;

create function public.reveal_round(p_workshop uuid, p_token_hash text, p_round uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'facilitator');
  round public.rounds;
  voters integer;
begin
  -- Nobody is removed, taken back or leaves between the counting of an anonymous round and the cutting of its links.
  perform from public.people where workshop_id = p_workshop
    and id in (select person_id from public.round_voters where round_id = p_round) order by id for key share;
  round := private.lock_round(p_workshop, p_round);
  if round.status = 'open' then
    perform private.fail('PT409', 'Close the round first; revealing is a second act.');
  end if;
  if round.status = 'closed' then
    if round.anonymity = 'anonymous' then
      voters := (private.turnout(round, '') ->> 'voted_count')::integer;
      if voters between 1 and 2 then
        perform private.fail('PT409', format('Only %s voted in this anonymous round, so its counts would tell who answered what. '
          'It stays closed, and its votes stay unread. Open a new round once at least 3 people can vote.',
          case voters when 1 then '1 person' else '2 people' end));
      end if;
      update public.rounds set frozen_turnout = private.turnout(round, '') - 'voted' - 'missing' where id = p_round;
      update public.votes v set is_excluded = true from public.people p
       where v.round_id = p_round and p.id = v.person_id and p.removed_at is not null;
      -- New rows under new ids: neither the id, the moment nor the place in the table tells whose vote it was.
      with taken as (delete from public.votes where round_id = p_round returning item_id, position, reason, is_excluded)
      insert into public.votes (item_id, round_id, position, reason, is_excluded, cast_at)
        select item_id, p_round, position, reason, is_excluded, null from taken order by item_id, position, reason;
    end if;
    update public.rounds set status = 'revealed', revealed_at = clock_timestamp() where id = p_round returning * into round;
    perform private.bump(p_workshop);
  end if;
  return private.round_json(round, me);
end
$$;

create function public.read_rounds(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((select jsonb_agg(private.round_json(r, me) order by r.number desc)
    from public.rounds r where r.workshop_id = p_workshop), '[]'::jsonb);
end
$$;

create function private.refusal(p_error text, p_message text) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_build_object('error', p_error, 'message', p_message)
$$;

-- One vote of a batch. Refusals are data, so that one late vote does not undo the others.
create function private.cast_vote(
  p_workshop uuid, p_token_hash text, p_item uuid, p_position text, p_reason text, p_request_id text
) returns jsonb
language plpgsql set search_path = '' as $$
declare
  me public.people;
  round public.rounds;
begin
  select p.* into me from public.tokens t join public.people p on p.id = t.person_id
   where t.token_hash = p_token_hash and p.workshop_id = p_workshop and p.left_at is null and p.removed_at is null
     for key share of p;
  if me.id is null then
    return private.refusal('PT401', 'This browser is not signed in to the workshop any more. Open your personal link to vote.');
  end if;
  if me.role <> 'participant' then
    return private.refusal('PT403', 'Only participants vote. Join as a participant to vote too.');
  end if;
  if p_position is null or p_position not in ('agree', 'pass', 'disagree', 'cannot_judge') then
    return private.refusal('PT400', 'A vote is agree, pass, disagree or cannot judge.');
  end if;
  if length(p_reason) > 1000 then
    return private.refusal('PT400', format('The reason has %s characters; at most 1000 fit. Shorten it and vote again.', length(p_reason)));
  end if;
  select r.* into round from public.rounds r join public.round_items i on i.round_id = r.id
   where i.id = p_item and r.workshop_id = p_workshop for share of r;
  if round.id is null then
    return private.refusal('PT404', 'This item is in no round of this workshop. Reload the ballot.');
  end if;
  if round.status <> 'open' then
    return private.refusal('PT410', 'The round is closed; your vote was not counted. Votes you cast before are kept.');
  end if;
  insert into public.round_voters as v (round_id, person_id, voted_at) values (round.id, me.id, clock_timestamp())
    on conflict (round_id, person_id) do update set voted_at = excluded.voted_at where v.voted_at is null;
  insert into public.votes as v (item_id, round_id, person_id, position, reason, request_id)
    values (p_item, round.id, me.id, p_position, coalesce(btrim(p_reason), ''), p_request_id)
    on conflict (item_id, person_id) do update
      set position = excluded.position, reason = excluded.reason, request_id = excluded.request_id, cast_at = clock_timestamp()
      where excluded.request_id is null or v.request_id is distinct from excluded.request_id;
  return '{"ok": true}'::jsonb;
end
$$;

create function public.cast_votes(p_votes jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  vote record;
  outcome jsonb;
  outcomes jsonb[] := '{}';
  changed uuid[] := '{}';
  workshop uuid;
begin
  perform private.check_list('The votes', p_votes, 10000, 'object');
  for vote in
    select * from jsonb_to_recordset(p_votes)
      as given (workshop uuid, token_hash text, item_id uuid, "position" text, reason text, request_id text)
  loop
    outcome := private.cast_vote(vote.workshop, vote.token_hash, vote.item_id, vote.position, vote.reason, vote.request_id);
    outcomes := outcomes || outcome;
    if outcome ? 'ok' and vote.workshop <> all (changed) then
      changed := changed || vote.workshop;
    end if;
  end loop;
  -- In one order everywhere, so that two batches never wait for each other.
  for workshop in select distinct c from unnest(changed) c order by c loop
    perform private.bump(workshop);
  end loop;
  return to_jsonb(outcomes);
end
$$;

create function private.result_json(r public.rounds, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('round_id', r.id, 'number', r.number, 'question', r.question, 'anonymity', r.anonymity,
    'revealed_at', r.revealed_at,
    'items', private.items_json(r.id, p_role),
    'votes', coalesce((
      select jsonb_agg(jsonb_build_object('vote_id', v.id, 'item_id', v.item_id, 'position', v.position,
          'reason', case when v.reason_hidden_at is not null and p_role <> 'facilitator'
            then '(hidden by the facilitator)' else v.reason end,
          'reason_is_hidden', v.reason_hidden_at is not null,
          'person_id', v.person_id, 'person_name', case when p.name_hidden_at is not null then 'name hidden' else p.name end)
          order by i.position, v.position, v.reason, v.id)
      from public.votes v join public.round_items i on i.id = v.item_id left join public.people p on p.id = v.person_id
      where v.round_id = r.id and not v.is_excluded and p.removed_at is null), '[]'::jsonb))
    || (private.turnout(r, p_role) - 'voted' - 'missing')
$$;

create function public.read_results(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((select jsonb_agg(private.result_json(r, me.role) order by r.number)
    from public.rounds r where r.workshop_id = p_workshop and r.status = 'revealed'), '[]'::jsonb);
end
$$;

-- The facilitator hides an abusive text; it stays stored, and is shown as hidden to everyone else.
create function public.hide_text(p_workshop uuid, p_token_hash text, p_kind text, p_id uuid, p_is_hidden boolean) returns jsonb
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
    else
      perform private.fail('PT400', 'Only a response, a scenario, a clause or a reason can be hidden.');
  end case;
  if not found then
    perform private.fail('PT404', 'There is no such shared text in this workshop.');
  end if;
  perform private.bump(p_workshop);
  return '{}'::jsonb;
end
$$;
