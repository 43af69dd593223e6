-- What stands beside a clause: its discussion, suggested wordings, and the mark that its wording is rough still. Functions that
-- were there before are replaced as a whole; the last lines grant as the first schema did.

alter table public.clauses
  add column rough_at timestamptz,
  add column rough_by uuid references public.people on delete set null;
create index clauses_rough_by on public.clauses (rough_by);

create table public.comments (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  clause_id uuid not null references public.clauses on delete cascade,
  text text not null,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  edited_at timestamptz,
  withdrawn_at timestamptz,
  hidden_at timestamptz
);
create index comments_clause on public.comments (clause_id);
create index comments_workshop on public.comments (workshop_id);
create index comments_by_person on public.comments (by_person);

-- `base_wording` is the one that it was made for. `revision` is the policy's one with which an accepted one came into it; null
-- where the clause was worded so already.
create table public.suggestions (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  clause_id uuid not null references public.clauses on delete cascade,
  base_wording text not null,
  wording text not null,
  reason text not null default '',
  by_person uuid references public.people on delete set null,
  at timestamptz not null default clock_timestamp(),
  state text not null default 'open' check (state in ('open', 'accepted', 'withdrawn', 'declined')),
  settled_by uuid references public.people on delete set null,
  settled_at timestamptz,
  revision integer,
  hidden_at timestamptz,
  check ((state = 'open') = (settled_at is null))
);
create index suggestions_clause on public.suggestions (clause_id);
create index suggestions_workshop on public.suggestions (workshop_id);
create index suggestions_by_person on public.suggestions (by_person);
create index suggestions_settled_by on public.suggestions (settled_by);

do $$
declare
  table_name text;
begin
  foreach table_name in array array['comments', 'suggestions'] loop
    execute format('alter table public.%I enable row level security', table_name);
    execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  end loop;
end
$$;

-- What its author took back is theirs alone; what the facilitator hid, those who lead still read.
create function private.comment_json(c public.comments, p_role text, p_me uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('comment_id', c.id, 'clause_id', c.clause_id, 'person_id', c.by_person,
    'by', private.name_of(c.by_person), 'at', c.at, 'edited_at', c.edited_at,
    'is_withdrawn', c.withdrawn_at is not null, 'is_hidden', c.hidden_at is not null,
    'text', case when c.withdrawn_at is not null and c.by_person is distinct from p_me then ''
      when c.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else c.text end)
$$;

create function private.suggestion_json(s public.suggestions, p_role text, p_me uuid) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('suggestion_id', s.id, 'clause_id', s.clause_id, 'clause_number', c.number,
    'person_id', s.by_person, 'by', private.name_of(s.by_person), 'at', s.at, 'state', s.state,
    'settled_by', case when s.settled_at is not null then private.name_of(s.settled_by) end, 'settled_at', s.settled_at,
    'revision', s.revision, 'is_hidden', s.hidden_at is not null,
    'base_wording', coalesce(shown.instead_of_base, s.base_wording), 'wording', coalesce(shown.instead, s.wording),
    'reason', case when shown.instead is null then s.reason else '' end)
  from public.clauses c cross join lateral (
    select case when s.state = 'withdrawn' and s.by_person is distinct from p_me then ''
        when p_role <> 'facilitator' and (s.hidden_at is not null or c.hidden_at is not null) then '(hidden by the facilitator)' end
        as instead,
      case when p_role <> 'facilitator' and c.hidden_at is not null then '(hidden by the facilitator)' end as instead_of_base) shown
  where c.id = s.clause_id
$$;

create function private.lock_comment(p_workshop uuid, p_comment uuid, p_me uuid) returns public.comments
language plpgsql set search_path = '' as $$
declare
  comment public.comments;
begin
  select * into comment from public.comments where id = p_comment and workshop_id = p_workshop for no key update;
  if comment.id is null then
    perform private.fail('PT404', 'This comment does not exist in this workshop. Reload the page.');
  elsif comment.by_person is distinct from p_me then
    perform private.fail('PT403', 'Only its author can change a comment. Write one of your own.');
  elsif comment.hidden_at is not null then
    perform private.fail('PT403', 'The facilitator has hidden this comment. Write another one.');
  end if;
  return comment;
end
$$;

create function private.lock_suggestion(p_workshop uuid, p_suggestion uuid) returns public.suggestions
language plpgsql set search_path = '' as $$
declare
  suggestion public.suggestions;
begin
  select * into suggestion from public.suggestions where id = p_suggestion and workshop_id = p_workshop for no key update;
  if suggestion.id is null then
    perform private.fail('PT404', 'This suggestion does not exist in this workshop. Reload the page.');
  end if;
  return suggestion;
end
$$;

create function private.check_clause(p_workshop uuid, p_clause uuid) returns void
language plpgsql stable set search_path = '' as $$
begin
  if not exists (select from public.clauses where id = p_clause and workshop_id = p_workshop) then
    perform private.fail('PT404', 'This clause does not exist in this workshop. Reload the page.');
  end if;
end
$$;

-- How much stands beside each clause, where anything does.
create function public.read_beside(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  return coalesce((
    select jsonb_agg(jsonb_build_object('clause_id', c.id, 'comment_count', coalesce(said.count, 0),
        'suggestion_count', coalesce(offered.count, 0)) order by c.number)
      from public.clauses c
        left join (select clause_id, count(*) from public.comments
          where workshop_id = p_workshop and withdrawn_at is null group by 1) said on said.clause_id = c.id
        left join (select clause_id, count(*) from public.suggestions
          where workshop_id = p_workshop and state = 'open' group by 1) offered on offered.clause_id = c.id
     where c.workshop_id = p_workshop and (said.count > 0 or offered.count > 0)), '[]'::jsonb);
end
$$;

-- What was said and suggested about one clause, and the shared scenarios on which responses were marked for it. Marks that the
-- coverage of the review counts, and no others: on responses with a policy, and none that is under vote.
create function public.read_beside_clause(p_workshop uuid, p_token_hash text, p_clause uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  perform private.check_clause(p_workshop, p_clause);
  return jsonb_build_object(
    'comments', coalesce((select jsonb_agg(private.comment_json(c, me.role, me.id) order by c.at, c.id)
      from public.comments c where c.clause_id = p_clause), '[]'::jsonb),
    'suggestions', coalesce((select jsonb_agg(private.suggestion_json(s, me.role, me.id) order by s.at, s.id)
      from public.suggestions s where s.clause_id = p_clause), '[]'::jsonb),
    'tried', coalesce((
      select jsonb_agg(jsonb_build_object('scenario_id', s.id, 'number', s.number,
          'title', case when s.hidden_at is null or me.role = 'facilitator' then s.title else '(hidden by the facilitator)' end,
          'followed', counted.followed, 'violated', counted.violated, 'not_concerned', counted.not_concerned) order by s.number)
        from public.scenarios s join (
          select r.scenario_id, count(*) filter (where m.value = 'followed') as followed,
              count(*) filter (where m.value = 'violated') as violated,
              count(*) filter (where m.value = 'not_concerned') as not_concerned
            from public.marks m join public.responses r on r.id = m.response_id join public.runs ru on ru.id = r.run_id
              join public.people p on p.id = m.person_id
           where m.clause_id = p_clause and m.workshop_id = p_workshop and p.removed_at is null and ru.shared_at is not null
             and r.version_id is not null and not private.is_under_vote(m)
           group by 1) counted on counted.scenario_id = s.id
       where s.shared_at is not null and s.withdrawn_at is null), '[]'::jsonb));
end
$$;

-- Every suggestion of the workshop, open or settled, oldest first.
create function public.read_suggestions(p_workshop uuid, p_token_hash text) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
begin
  return coalesce((select jsonb_agg(private.suggestion_json(s, me.role, me.id) order by s.at, s.id)
    from public.suggestions s where s.workshop_id = p_workshop), '[]'::jsonb);
end
$$;

-- Also while editing is locked: a discussion is not the policy.
create function public.add_comment(p_workshop uuid, p_token_hash text, p_comment uuid, p_clause uuid, p_text text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  comment public.comments;
begin
  perform private.check_given('The comment''s id', p_comment is not null);
  perform private.lock_workshop(p_workshop);
  select * into comment from public.comments where id = p_comment and workshop_id = p_workshop and by_person = me.id;
  if comment.id is not null then
    return private.comment_json(comment, me.role, me.id);
  end if;
  perform private.check_text('The comment', p_text, 2000);
  perform private.check_clause(p_workshop, p_clause);
  if (select count(*) >= 500 from public.comments where clause_id = p_clause) then
    perform private.fail('PT400', 'This clause has 500 comments; more do not fit.');
  end if;
  insert into public.comments (id, workshop_id, clause_id, text, by_person)
    values (p_comment, p_workshop, p_clause, btrim(p_text, E' \t\n\r'), me.id)
    on conflict (id) do nothing returning * into comment;
  perform private.check_given('An id of its own for the comment', comment.id is not null);
  perform private.bump(p_workshop, 'notes');
  return private.comment_json(comment, me.role, me.id);
end
$$;

create function public.edit_comment(p_workshop uuid, p_token_hash text, p_comment uuid, p_text text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  comment public.comments := private.lock_comment(p_workshop, p_comment, me.id);
begin
  perform private.check_text('The comment', p_text, 2000);
  if comment.withdrawn_at is not null then
    perform private.fail('PT409', 'You took this comment back. Put it back first, then change it.');
  end if;
  if comment.text <> btrim(p_text, E' \t\n\r') then
    update public.comments set text = btrim(p_text, E' \t\n\r'), edited_at = clock_timestamp() where id = p_comment;
    perform private.bump(p_workshop, 'notes');
  end if;
  return '{}'::jsonb;
end
$$;

create function public.withdraw_comment(p_workshop uuid, p_token_hash text, p_comment uuid, p_is_withdrawn boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  comment public.comments := private.lock_comment(p_workshop, p_comment, me.id);
begin
  perform private.check_given('Whether it is withdrawn', p_is_withdrawn is not null);
  if p_is_withdrawn <> (comment.withdrawn_at is not null) then
    update public.comments set withdrawn_at = case when p_is_withdrawn then now() end where id = p_comment;
    perform private.bump(p_workshop, 'notes');
  end if;
  return '{}'::jsonb;
end
$$;

-- Another wording for a clause. `p_base_wording` is one that the clause had when it was suggested, or before.
create function public.add_suggestion(
  p_workshop uuid, p_token_hash text, p_suggestion uuid, p_clause uuid, p_base_wording text, p_wording text, p_reason text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  suggestion public.suggestions;
begin
  perform private.check_given('The suggestion''s id', p_suggestion is not null);
  perform private.lock_workshop(p_workshop);
  select * into suggestion from public.suggestions where id = p_suggestion and workshop_id = p_workshop and by_person = me.id;
  if suggestion.id is not null then
    return private.suggestion_json(suggestion, me.role, me.id);
  end if;
  perform private.check_text('The suggested wording', p_wording, 2000);
  perform private.check_text('The reason', p_reason, 1000, false);
  if not exists (select from public.clauses where id = p_clause and workshop_id = p_workshop and withdrawn_at is null) then
    perform private.fail('PT404', 'This clause is not in the policy any more. Restore it first, then suggest another wording.');
  end if;
  if not exists (select from public.clause_events e where e.clause_id = p_clause and e.wording = p_base_wording) then
    perform private.fail('PT400', 'The clause never had the wording that this was suggested for. Reload the page and try again.');
  end if;
  if p_wording = p_base_wording then
    perform private.fail('PT400', 'This is the clause''s own wording. Change something, then suggest it.');
  end if;
  if (select count(*) >= 100 from public.suggestions where clause_id = p_clause) then
    perform private.fail('PT400', 'This clause has 100 suggestions; more do not fit. Settle it by talking.');
  end if;
  insert into public.suggestions (id, workshop_id, clause_id, base_wording, wording, reason, by_person)
    values (p_suggestion, p_workshop, p_clause, p_base_wording, p_wording, btrim(coalesce(p_reason, ''), E' \t\n\r'), me.id)
    on conflict (id) do nothing returning * into suggestion;
  perform private.check_given('An id of its own for the suggestion', suggestion.id is not null);
  perform private.bump(p_workshop, 'notes');
  return private.suggestion_json(suggestion, me.role, me.id);
end
$$;

-- A suggestion becomes the clause's wording and is accepted in one act: neither is ever without the other. The text and the
-- clauses are those of the whole policy, as for commit_policy.
create function public.accept_suggestion(
  p_workshop uuid, p_token_hash text, p_suggestion uuid, p_base_revision integer, p_text text, p_clauses jsonb, p_request_id text
) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  workshop public.workshops := private.lock_workshop(p_workshop);
  suggestion public.suggestions := private.lock_suggestion(p_workshop, p_suggestion);
  new_revision integer;
begin
  perform private.check_text('The request''s id', p_request_id, 200);
  perform private.check_given('The policy''s text', p_text is not null);
  if suggestion.state = 'accepted' and suggestion.settled_by = me.id then
    return jsonb_build_object('revision', coalesce(suggestion.revision, workshop.policy_revision));
  end if;
  if suggestion.state <> 'open' or suggestion.hidden_at is not null then
    perform private.fail('PT404', 'This suggestion is not open any more: it was accepted, declined, withdrawn or hidden meanwhile.');
  elsif suggestion.by_person = me.id then
    perform private.fail('PT403', 'Somebody else accepts your suggestion. You can also edit the clause yourself.');
  elsif workshop.editing_is_locked and me.role <> 'facilitator' then
    perform private.fail('PT403', 'The facilitator has locked the policy. The suggestion stays open; accept it when editing is open again.');
  elsif workshop.policy_revision is distinct from p_base_revision then
    perform private.fail('PT409', 'Somebody changed the policy at the same moment. Nothing was written; try again.');
  elsif exists (select from public.policy_revisions where workshop_id = p_workshop and request_id = p_request_id) then
    perform private.fail('PT409', 'This request was already made for something else. Nothing was written; try again.');
  end if;
  if p_text <> workshop.policy_text then
    new_revision := private.write_policy(p_workshop, me.id, p_text, p_clauses, p_request_id);
  end if;
  if not exists (select from public.clauses
      where id = suggestion.clause_id and withdrawn_at is null and wording = suggestion.wording) then
    perform private.fail('PT400', 'The policy would not hold the suggested wording. Reload the page and try again.');
  end if;
  update public.suggestions set state = 'accepted', settled_by = me.id, settled_at = clock_timestamp(), revision = new_revision
   where id = p_suggestion;
  perform private.bump(p_workshop, 'policy');
  return jsonb_build_object('revision', coalesce(new_revision, workshop.policy_revision));
end
$$;

-- Open again, withdrawn by its author, or declined by somebody else. What was declined anybody can put back.
create function public.settle_suggestion(p_workshop uuid, p_token_hash text, p_suggestion uuid, p_state text) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  suggestion public.suggestions := private.lock_suggestion(p_workshop, p_suggestion);
  is_mine boolean := suggestion.by_person is not distinct from me.id;
begin
  if p_state is null or p_state not in ('open', 'withdrawn', 'declined') then
    perform private.fail('PT400', 'A suggestion is open, withdrawn or declined. Choose one.');
  end if;
  if suggestion.state = p_state then
    return '{}'::jsonb;
  end if;
  if suggestion.state = 'accepted' then
    perform private.fail('PT409', 'It was accepted meanwhile: its wording is in the policy. Edit the clause to change it.');
  elsif 'withdrawn' in (p_state, suggestion.state) and not is_mine then
    perform private.fail('PT403', 'Only who made a suggestion withdraws it or puts it back.');
  elsif p_state = 'declined' and is_mine then
    perform private.fail('PT403', 'This suggestion is your own: withdraw it instead.');
  elsif suggestion.state <> 'open' and p_state <> 'open' then
    perform private.fail('PT409', 'It is not open any more. Put it back first.');
  end if;
  update public.suggestions set state = p_state, settled_by = case when p_state <> 'open' then me.id end,
      settled_at = case when p_state <> 'open' then clock_timestamp() end
   where id = p_suggestion;
  perform private.bump(p_workshop, 'notes');
  return '{}'::jsonb;
end
$$;

-- "Rough, wording later": set and cleared by people alone, whatever becomes of the wording. It is no part of the text, so no
-- model is told of it.
create function public.set_rough(p_workshop uuid, p_token_hash text, p_clause uuid, p_is_rough boolean) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  me public.people := private.writer(p_workshop, p_token_hash, 'participant', 'facilitator');
  workshop public.workshops := private.lock_workshop(p_workshop);
begin
  perform private.check_given('Whether it is rough', p_is_rough is not null);
  if not exists (select from public.clauses where id = p_clause and workshop_id = p_workshop and withdrawn_at is null) then
    perform private.fail('PT404', 'This clause is not in the policy any more. Reload the page.');
  end if;
  if workshop.editing_is_locked and me.role <> 'facilitator' then
    perform private.fail('PT403', 'The facilitator has locked the policy. Say in a comment that the wording is rough.');
  end if;
  update public.clauses set rough_at = case when p_is_rough then clock_timestamp() end,
      rough_by = case when p_is_rough then me.id end
   where id = p_clause and (rough_at is not null) <> p_is_rough;
  if found then
    perform private.bump(p_workshop, 'policy');
  end if;
  return '{}'::jsonb;
end
$$;

-- Who wrote in a clause at the same time as the one whom the event names.
create function private.also_by(p_clause uuid, p_revision integer) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(private.name_of(w.by_person) order by w.place), '[]'::jsonb)
    from public.clause_writers w where w.clause_id = p_clause and w.revision = p_revision
$$;

-- A clause with its mark. Everybody who wrote in it is among its authors; who suggested an accepted wording, before who
-- accepted it.
create or replace function private.clause_json(c public.clauses, p_role text) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('clause_id', c.id, 'number', c.number,
    'wording', case when c.hidden_at is not null and p_role <> 'facilitator' then '(hidden by the facilitator)' else c.wording end,
    'tag', private.tag_json(c.is_always, case when c.hidden_at is null or p_role = 'facilitator' then c.when_text end),
    'section', c.section, 'is_withdrawn', c.withdrawn_at is not null, 'is_hidden', c.hidden_at is not null,
    'updated_at', c.updated_at,
    'rough', case when c.rough_at is not null then jsonb_build_object('by', private.name_of(c.rough_by), 'at', c.rough_at) end,
    'authors', coalesce((
      select jsonb_agg(author.name order by author.first_at)
      from (select one.name, min(one.place) as first_at
              from (select private.name_of(e.by_person) as name, array[e.id, 1] as place
                      from public.clause_events e where e.clause_id = c.id and e.kind in ('added', 'edited')
                    union all
                    select private.name_of(w.by_person), array[e.id, w.place]
                      from public.clause_writers w join public.clause_events e
                        on e.clause_id = w.clause_id and e.revision = w.revision and e.kind in ('added', 'edited')
                     where w.clause_id = c.id
                    union all
                    select private.name_of(s.by_person), array[e.id, 0]
                      from public.suggestions s join public.clause_events e
                        on e.clause_id = s.clause_id and e.revision = s.revision and e.kind = 'edited'
                     where s.clause_id = c.id and s.state = 'accepted') one
             group by 1) author), '[]'::jsonb))
$$;

-- `by` is who did it, or who wrote most of it, with those in `also_by`; with `suggested_by` they accepted that person's
-- suggestion.
create or replace function public.read_clause_history(p_workshop uuid, p_token_hash text, p_clause uuid) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  me public.people := private.actor(p_workshop, p_token_hash, 'participant', 'facilitator', 'organizer');
  is_hidden boolean;
begin
  select hidden_at is not null and me.role <> 'facilitator' into is_hidden
    from public.clauses where id = p_clause and workshop_id = p_workshop;
  return coalesce((
    select jsonb_agg(jsonb_build_object('kind', e.kind, 'section', e.section, 'at', e.at, 'revision', e.revision,
        'wording', case when is_hidden then '(hidden by the facilitator)' else e.wording end,
        'tag', private.tag_json(e.is_always, case when not is_hidden then e.when_text end),
        'by', private.name_of(e.by_person), 'also_by', private.also_by(e.clause_id, e.revision),
        'suggested_by', case when s.id is not null then private.name_of(s.by_person) end) order by e.id)
    from public.clause_events e left join public.suggestions s
      on s.clause_id = e.clause_id and s.revision = e.revision and s.state = 'accepted' and e.kind = 'edited'
    where e.clause_id = p_clause and e.workshop_id = p_workshop), '[]'::jsonb);
end
$$;

-- The workshop as its asker may see it, with what was said and suggested beside its clauses, and all who wrote in them.
create function private.with_discussion(p_export jsonb, p_workshop uuid, p_role text, p_me uuid) returns jsonb
language sql stable set search_path = '' as $$
  select p_export || jsonb_build_object(
    'policy', (p_export -> 'policy') || jsonb_build_object('history', coalesce((
        select jsonb_agg(h || jsonb_build_object('also_by',
            private.also_by((h ->> 'clause_id')::uuid, (h ->> 'revision')::integer)) order by ordinal)
          from jsonb_array_elements(p_export -> 'policy' -> 'history') with ordinality as listed (h, ordinal)), '[]'::jsonb)),
    'comments', coalesce((select jsonb_agg(private.comment_json(c, p_role, p_me) order by c.at, c.id)
      from public.comments c where c.workshop_id = p_workshop), '[]'::jsonb),
    'suggestions', coalesce((select jsonb_agg(private.suggestion_json(s, p_role, p_me) order by s.at, s.id)
      from public.suggestions s where s.workshop_id = p_workshop), '[]'::jsonb),
    'withheld', p_export -> 'withheld'
      || case when exists (select from public.comments c where c.workshop_id = p_workshop
            and c.withdrawn_at is not null and c.by_person is distinct from p_me)
          or exists (select from public.suggestions s where s.workshop_id = p_workshop
            and s.state = 'withdrawn' and s.by_person is distinct from p_me)
        then jsonb_build_array(jsonb_build_object('what', 'texts of comments and suggestions that were withdrawn',
          'why', 'their authors took them back')) else '[]'::jsonb end)
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
