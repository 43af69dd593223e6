-- Roles, tables and the rules that hold for every row. Functions follow in the next files.
-- Row-level security is on for every table with no policy and no grant: only the functions reach the rows.

do $$
declare
  role_name text;
  -- From 16 on, who creates a role is its member without the right to act as it, and "member" is true all the same.
  needed text := case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end;
begin
  foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
      execute format('create role %I nologin', role_name);
    end if;
  end loop;
  -- The server connects with its own login and then acts as service_role only.
  if not pg_catalog.pg_has_role(current_user, 'service_role', needed) then
    execute format('grant service_role to %I', current_user);
  end if;
end
$$;

create schema if not exists private;

create table public.workshops (
  id uuid primary key,
  title text not null,
  brief text not null default '',
  stage text not null default 'draft' check (stage in ('draft', 'test', 'vote', 'review')),
  join_code text not null unique,
  code_is_open boolean not null default true,
  editing_is_locked boolean not null default false,
  timer_ends_at timestamptz,
  timer_label text not null default '',
  model text,
  api_base text,
  max_calls integer not null check (max_calls >= 0),
  max_cost_usd double precision not null check (max_cost_usd >= 0),
  policy_text text not null default '',
  policy_revision integer not null default 0,
  next_clause_number integer not null default 1,
  next_scenario_number integer not null default 1,
  next_version_number integer not null default 1,
  next_round_number integer not null default 1,
  -- What calls cost whose responses are gone: deleted with a person's data, or replaced by a retry.
  forgotten_calls integer not null default 0,
  forgotten_cost_usd double precision not null default 0,
  created_at timestamptz not null default now()
);

-- The change cursor lives in a row of its own, so that a vote does not rewrite the policy's text.
create table public.workshop_revs (
  workshop_id uuid primary key references public.workshops on delete cascade,
  rev bigint not null default 1
);

create table public.people (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  role text not null check (role in ('participant', 'facilitator', 'organizer')),
  name text not null,
  joined_at timestamptz not null default now(),
  last_seen_at timestamptz,
  removed_at timestamptz,
  left_at timestamptz,
  name_hidden_at timestamptz,
  wants_back_at timestamptz
);
create unique index people_name on public.people (workshop_id, lower(name))
  where role = 'participant' and removed_at is null and left_at is null;
create index people_workshop on public.people (workshop_id);

create table public.tokens (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  person_id uuid not null references public.people on delete cascade,
  created_at timestamptz not null default now()
);
create index tokens_person on public.tokens (person_id);

create table public.drafts (
  person_id uuid not null references public.people on delete cascade,
  field text not null,
  text text not null,
  seq bigint not null,
  updated_at timestamptz not null default now(),
  primary key (person_id, field)
);

-- Who changed the policy when. What it said then is in the history of its clauses and in its versions: the whole text of every
-- second in which somebody types would fill the database.
create table public.policy_revisions (
  workshop_id uuid not null references public.workshops on delete cascade,
  revision integer not null,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default now(),
  request_id text,
  primary key (workshop_id, revision),
  unique (workshop_id, request_id)
);
create index policy_revisions_by_person on public.policy_revisions (by_person);

create table public.clauses (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  number integer not null,
  wording text not null,
  is_always boolean not null default false,
  when_text text,
  section text not null default '',
  position integer,
  updated_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  hidden_at timestamptz,
  unique (workshop_id, number),
  check ((position is null) = (withdrawn_at is not null))
);

create table public.clause_events (
  id bigint generated always as identity primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  clause_id uuid not null references public.clauses on delete cascade,
  kind text not null check (kind in ('added', 'edited', 'moved', 'tagged', 'withdrawn', 'restored')),
  wording text not null,
  section text not null,
  is_always boolean not null,
  when_text text,
  by_person uuid references public.people on delete set null,
  at timestamptz not null default now(),
  revision integer not null
);
create index clause_events_clause on public.clause_events (clause_id);
create index clause_events_workshop on public.clause_events (workshop_id);
create index clause_events_by_person on public.clause_events (by_person);

-- number is null for the snapshot of unpublished text that a run was made with.
create table public.policy_versions (
  id uuid primary key default gen_random_uuid(),
  workshop_id uuid not null references public.workshops on delete cascade,
  number integer,
  note text not null default '',
  text text not null,
  clauses jsonb not null,
  content_hash text not null,
  published_by uuid references public.people on delete set null,
  published_at timestamptz not null default clock_timestamp(),
  request_id text,
  unique (workshop_id, number),
  unique (workshop_id, request_id)
);
create index policy_versions_content on public.policy_versions (workshop_id, content_hash);
create index policy_versions_published_by on public.policy_versions (published_by);

create table public.scenarios (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  number integer,
  title text not null,
  turns jsonb not null,
  made_by uuid not null references public.people on delete cascade,
  shared_at timestamptz,
  withdrawn_at timestamptz,
  hidden_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  unique (workshop_id, number),
  check ((number is null) = (shared_at is null))
);
create index scenarios_made_by on public.scenarios (made_by);

create table public.runs (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  asked_by uuid not null references public.people on delete cascade,
  model text not null,
  api_base text,
  samples integer not null,
  params jsonb not null,
  is_question boolean not null,
  shared_at timestamptz,
  stopped_at timestamptz,
  pause_reason text,
  created_at timestamptz not null default clock_timestamp()
);
create index runs_workshop on public.runs (workshop_id);
create index runs_asked_by on public.runs (asked_by);

create table public.responses (
  id uuid primary key default gen_random_uuid(),
  run_id uuid not null references public.runs on delete cascade,
  workshop_id uuid not null references public.workshops on delete cascade,
  version_id uuid references public.policy_versions on delete cascade,
  scenario_id uuid not null references public.scenarios on delete cascade,
  position integer not null,
  sample integer not null,
  seed integer not null,
  status text not null default 'waiting' check (status in ('waiting', 'done', 'failed', 'stopped')),
  text text,
  error text,
  prompt_hash text,
  prompt_tokens integer,
  completion_tokens integer,
  cost_usd double precision,
  latency_s double precision,
  attempts integer not null default 1,
  finished_at timestamptz,
  hidden_at timestamptz,
  claimed_by text,
  unique (run_id, position)
);
create index responses_waiting on public.responses (run_id) where status = 'waiting';
create index responses_workshop on public.responses (workshop_id);
create index responses_version on public.responses (version_id);
create index responses_scenario on public.responses (scenario_id);

-- Server processes that make model calls, and when each was last heard of.
create table public.processes (
  process text primary key,
  seen_at timestamptz not null
);

create table public.marks (
  response_id uuid not null references public.responses on delete cascade,
  clause_id uuid not null references public.clauses on delete cascade,
  person_id uuid not null references public.people on delete cascade,
  workshop_id uuid not null references public.workshops on delete cascade,
  value text not null check (value in ('followed', 'violated', 'not_concerned')),
  at timestamptz not null default clock_timestamp(),
  primary key (response_id, clause_id, person_id)
);
create index marks_workshop on public.marks (workshop_id);
create index marks_clause on public.marks (clause_id);
create index marks_person on public.marks (person_id);

create table public.rounds (
  id uuid primary key,
  workshop_id uuid not null references public.workshops on delete cascade,
  number integer not null,
  question text not null,
  anonymity text not null check (anonymity in ('named', 'anonymous')),
  status text not null default 'open' check (status in ('open', 'closed', 'revealed')),
  opened_at timestamptz not null default clock_timestamp(),
  closed_at timestamptz,
  revealed_at timestamptz,
  -- The counts, frozen when an anonymous round is revealed: its votes can no longer be counted by person.
  frozen_turnout jsonb,
  unique (workshop_id, number)
);

create table public.round_items (
  id uuid primary key default gen_random_uuid(),
  round_id uuid not null references public.rounds on delete cascade,
  position integer not null,
  kind text not null check (kind in ('response', 'clause')),
  response_id uuid references public.responses on delete set null,
  clause_id uuid references public.clauses on delete set null,
  version_id uuid references public.policy_versions on delete set null,
  frozen jsonb not null,
  unique (round_id, position)
);
create index round_items_response on public.round_items (response_id);
create index round_items_clause on public.round_items (clause_id);
create index round_items_version on public.round_items (version_id);

-- Who may vote in a round (present at opening, or joined while it was open), and since when they have.
create table public.round_voters (
  round_id uuid not null references public.rounds on delete cascade,
  person_id uuid not null references public.people on delete cascade,
  voted_at timestamptz,
  primary key (round_id, person_id)
);
create index round_voters_person on public.round_voters (person_id);

-- person_id becomes null when an anonymous round is revealed: from then on nothing links a vote to a person.
create table public.votes (
  id uuid primary key default gen_random_uuid(),
  item_id uuid not null references public.round_items on delete cascade,
  round_id uuid not null references public.rounds on delete cascade,
  person_id uuid references public.people on delete cascade,
  position text not null check (position in ('agree', 'pass', 'disagree', 'cannot_judge')),
  reason text not null default '',
  reason_hidden_at timestamptz,
  is_excluded boolean not null default false,
  cast_at timestamptz default clock_timestamp(),
  request_id text,
  unique (item_id, person_id)
);
create index votes_round on public.votes (round_id);
create index votes_person on public.votes (person_id);

create function private.refuse_change() returns trigger
language plpgsql set search_path = '' as $$
begin
  -- References may go empty when a person's data is deleted; nothing else of history ever changes.
  if to_jsonb(new) - 'by_person' - 'published_by' is distinct from to_jsonb(old) - 'by_person' - 'published_by' then
    raise exception using errcode = 'PT403', message = 'History and published versions cannot be changed.';
  end if;
  return new;
end
$$;
create trigger immutable before update on public.policy_versions for each row execute function private.refuse_change();
create trigger immutable before update on public.policy_revisions for each row execute function private.refuse_change();
create trigger immutable before update on public.clause_events for each row execute function private.refuse_change();

do $$
declare
  table_name text;
begin
  foreach table_name in array array['workshops', 'workshop_revs', 'people', 'tokens', 'drafts', 'policy_revisions',
    'clauses', 'clause_events', 'policy_versions', 'scenarios', 'runs', 'responses', 'processes', 'marks',
    'rounds', 'round_items', 'round_voters', 'votes'] loop
    execute format('alter table public.%I enable row level security', table_name);
    execute format('revoke all on table public.%I from public, anon, authenticated, service_role', table_name);
  end loop;
  revoke all on sequence public.clause_events_id_seq from public, anon, authenticated, service_role;
end
$$;
