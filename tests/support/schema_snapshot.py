"""What a database's schema is and who may do what in it, in a form that two databases can be compared by."""

from lib.store.direct import owner_connection

OURS = "('public'::regnamespace, 'private'::regnamespace)"
GRANTS = f"""
with things as (
  select n.nspname::text as name, coalesce(n.nspacl, acldefault('n', n.nspowner)) as acl, n.nspowner as owner
    from pg_namespace n where n.nspname in ('private')
  union all
  select c.oid::regclass::text, coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char",
      c.relowner)), c.relowner
    from pg_class c where c.relnamespace in {OURS} and c.relkind in ('r', 'p', 'v', 'm', 'S')
  union all
  select p.oid::regprocedure::text, coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner
    from pg_proc p where p.pronamespace in {OURS}
)
select t.name, coalesce(r.rolname::text, 'PUBLIC'), array_agg(a.privilege_type order by 1)
from things t cross join lateral aclexplode(t.acl) a left join pg_roles r on r.oid = a.grantee
where a.grantee <> t.owner group by 1, 2 order by 1, 2
"""
DEFINITIONS = f"""
select 'function', p.oid::regprocedure::text, pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace in {OURS}
union all
select 'view', c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c
  where c.relnamespace in {OURS} and c.relkind = 'v'
union all
select 'column', c.oid::regclass || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid))
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relnamespace in {OURS} and c.relkind = 'r'
union all
select 'constraint', conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) from pg_constraint
  where connamespace in {OURS} and contype <> 'n'
union all
select 'index', indexname::text, indexdef from pg_indexes where schemaname in ('public', 'private')
union all
select 'trigger', tgrelid::regclass || ' ' || tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
union all
select 'row level security', oid::regclass::text, relrowsecurity::text from pg_class
  where relnamespace in {OURS} and relkind = 'r'
order by 1, 2
"""


def grants(address: str) -> dict[tuple[str, str], list[str]]:
    """Everything that anybody but the owner may do: (schema, table or function, role or PUBLIC) → privileges."""
    with owner_connection(address) as owner:
        return {(thing, role): privileges for thing, role, privileges in owner.rows(GRANTS)}


def definitions(address: str) -> dict[tuple[str, str], str]:
    """Every function, view, column, constraint, index and trigger: (kind, name) → definition."""
    with owner_connection(address) as owner:
        return {(kind, name): text for kind, name, text in owner.rows(DEFINITIONS)}
