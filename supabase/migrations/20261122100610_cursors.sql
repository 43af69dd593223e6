-- Where people are in the live document, for those who have it open at another server. Nothing of it is worth keeping: the
-- tables are lost with a crash of the database, and what a server does not say again in time counts no more.

-- A server that has a document open. `number` grows with each change of its cursors there.
create unlogged table private.document_servers (
  workshop_id uuid not null references public.workshops on delete cascade,
  process text not null,
  number bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (workshop_id, process)
);
create index document_servers_at on private.document_servers (at);

-- The cursor of a page, without the name: that is looked up when it is read. `number` is its server's at the last change.
create unlogged table private.document_cursors (
  workshop_id uuid not null,
  client bigint not null,
  process text not null,
  by_person uuid not null references public.people on delete cascade,
  cursor jsonb not null,
  number bigint not null,
  primary key (workshop_id, client),
  foreign key (workshop_id, process) references private.document_servers on delete cascade
);
create index document_cursors_process on private.document_cursors (workshop_id, process);
create index document_cursors_by_person on private.document_cursors (by_person);

alter table private.document_servers enable row level security;
alter table private.document_cursors enable row level security;
revoke all on table private.document_servers, private.document_cursors from public, anon, authenticated, service_role;

-- A server says every few seconds that it is there. Whatever was killed is gone after eight.
create function private.is_there(s private.document_servers) returns boolean
language sql stable set search_path = '' as $$
  select s.at > clock_timestamp() - interval '8 seconds'
$$;

create function private.forget_lost_servers() returns void
language sql set search_path = '' as $$
  delete from private.document_servers where (workshop_id, process) in (
    select old.workshop_id, old.process from private.document_servers old
     where old.at < clock_timestamp() - interval '1 minute' for update skip locked)
$$;

-- p_cursors: [{workshop, token_hash, client, cursor}], null = that page shows none any more. Nothing is kept of whoever may not
-- be there, nor of a page that is somebody else's. The caller has locked the people.
create function private.put_cursors(p_process text, p_cursors jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  delete from private.document_cursors c using jsonb_array_elements(p_cursors) g
   where c.workshop_id = (g ->> 'workshop')::uuid and c.client = (g ->> 'client')::bigint and c.process = p_process
     and coalesce(jsonb_typeof(g -> 'cursor'), 'null') = 'null';
  insert into private.document_cursors (workshop_id, client, process, by_person, cursor, number)
    select distinct on (s.workshop_id, (g ->> 'client')::bigint)
           s.workshop_id, (g ->> 'client')::bigint, p_process, p.id, g -> 'cursor', s.number
      from jsonb_array_elements(p_cursors) with ordinality as listed (g, ordinal)
      join private.document_servers s on s.workshop_id = (g ->> 'workshop')::uuid and s.process = p_process
      join public.tokens t on t.token_hash = g ->> 'token_hash'
      join public.people p on p.id = t.person_id and p.workshop_id = s.workshop_id
       and p.left_at is null and p.removed_at is null
     where jsonb_typeof(g -> 'cursor') = 'object' and (
       select count(*) from private.document_cursors o where o.by_person = p.id and o.client <> (g ->> 'client')::bigint) < 24
     order by s.workshop_id, (g ->> 'client')::bigint, ordinal desc
    on conflict (workshop_id, client) do update
      set process = excluded.process, cursor = excluded.cursor, number = excluded.number
      where document_cursors.by_person = excluded.by_person;
end
$$;

-- As the server: says that it is there, which documents it has open (all of them), and which cursors changed in them. Gives
-- its number for each; one that did not go on from the last means that its cursors had been forgotten meanwhile.
create function public.place_cursors(p_process text, p_workshops jsonb, p_cursors jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare
  opened uuid[];
  changed uuid[];
begin
  perform private.check_text('The process', p_process, 200);
  perform private.check_list('The workshops', p_workshops, 10000, 'string');
  perform private.check_list('The cursors', p_cursors, 1000, 'object');
  if exists (select from jsonb_array_elements(p_cursors) g
      where g ->> 'workshop' is null or coalesce(g ->> 'client', '') !~ '^[0-9]{1,16}$'
      or coalesce(jsonb_typeof(g -> 'cursor'), 'null') not in ('object', 'null') or length(g ->> 'cursor') > 1000) then
    perform private.fail('PT400', 'A cursor lacks its workshop or its page''s number, is none, or is larger than fits.');
  end if;
  opened := array(select value::uuid from jsonb_array_elements_text(p_workshops));
  changed := array(select (g ->> 'workshop')::uuid from jsonb_array_elements(p_cursors) g);
  -- Whoever leaves or is removed meanwhile leaves no cursor behind.
  perform from public.people p where p.id in (
      select t.person_id from jsonb_array_elements(p_cursors) g join public.tokens t on t.token_hash = g ->> 'token_hash')
    order by p.id for key share;
  perform from public.workshops w where w.id = any (opened) order by w.id for key share;
  -- A page may have come here from another server: of two that change the cursors of one document one waits.
  perform from private.document_servers s where s.workshop_id = any (opened) or s.process = p_process
    order by s.workshop_id, s.process for update;
  perform private.forget_lost_servers();
  delete from private.document_servers s where s.process = p_process and s.workshop_id <> all (opened);
  insert into private.document_servers as s (workshop_id, process, number)
    select w.id, p_process, (extract(epoch from clock_timestamp()) * 1000)::bigint
      from public.workshops w where w.id = any (opened) order by w.id
    on conflict (workshop_id, process) do update
      set at = clock_timestamp(), number = s.number + (s.workshop_id = any (changed))::integer;
  perform private.put_cursors(p_process, p_cursors);
  return (select coalesce(jsonb_object_agg(s.workshop_id, s.number), '{}'::jsonb)
    from private.document_servers s where s.process = p_process);
end
$$;

-- The newest number of each document, the workshop's rev, and the servers that have it open with their numbers: a room looks
-- again when one of them has moved.
create function public.read_document_seqs(p_workshops jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  perform private.check_list('The workshops', p_workshops, 10000, 'string');
  return (select coalesce(jsonb_object_agg(r.workshop_id, jsonb_build_object('rev', r.rev, 'seq', d.seq,
      'servers', coalesce((select jsonb_object_agg(s.process, s.number) from private.document_servers s
        where s.workshop_id = r.workshop_id and private.is_there(s)), '{}'::jsonb))), '{}'::jsonb)
    from public.workshop_revs r left join public.documents d on d.workshop_id = r.workshop_id
   where r.workshop_id in (select value::uuid from jsonb_array_elements_text(p_workshops)));
end
$$;

-- p_known: {workshop: {process: number}}, the servers that are asked about, and the number of each up to which its cursors are
-- known. Gives {workshop: {process: {number, clients, cursors}}}: which pages show a cursor there, and those that changed, with
-- the names as everybody may know them.
create function public.read_cursors(p_known jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
begin
  if p_known is null or jsonb_typeof(p_known) <> 'object'
      or exists (select from jsonb_each(p_known) where jsonb_typeof(value) <> 'object') then
    perform private.fail('PT400', 'The servers must be given by workshop, with their numbers.');
  end if;
  if exists (select from jsonb_each(p_known) w cross join lateral jsonb_each(w.value) known
      where jsonb_typeof(known.value) <> 'number') then
    perform private.fail('PT400', 'The number of a server must be a number.');
  end if;
  return (select coalesce(jsonb_object_agg(found.workshop_id, found.servers), '{}'::jsonb) from (
    select s.workshop_id, jsonb_object_agg(s.process, jsonb_build_object('number', s.number)
        || private.cursors_json(s, (known.value #>> '{}')::numeric)) as servers
      from jsonb_each(p_known) w cross join lateral jsonb_each(w.value) known
      join private.document_servers s on s.process = known.key and private.is_there(s)
       and s.workshop_id = case when w.key ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then w.key::uuid end
     group by s.workshop_id) found);
end
$$;

create function private.cursors_json(s private.document_servers, p_known numeric) returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object('clients', coalesce(jsonb_agg(c.client), '[]'::jsonb),
    'cursors', coalesce(jsonb_agg(jsonb_build_object('client', c.client, 'person_id', c.by_person,
      'name', private.name_of(c.by_person), 'cursor', c.cursor)) filter (where c.number > p_known), '[]'::jsonb))
  from (select o.* from private.document_cursors o join public.people p on p.id = o.by_person
         where o.workshop_id = s.workshop_id and o.process = s.process and p.left_at is null and p.removed_at is null
         order by o.client limit 2000) c
$$;

revoke execute on all functions in schema private from public, anon, authenticated, service_role;
revoke execute on all functions in schema public from public, anon, authenticated;
grant execute on all functions in schema public to service_role;
