"""Language models: one port, LiteLLM behind it, an embedded model, and the background engine that makes all calls.

`lib/bootstrap.py` needs these lines and no others::

    from lib.llm.catalogue import Catalogue
    from lib.llm.engine import Engine
    from lib.llm.store_cells import StoreCells

    catalogue = Catalogue(
        operator_model=settings.model,          # FOLKMOOT_MODEL, None = the embedded model
        operator_api_base=settings.api_base,    # FOLKMOOT_API_BASE or None
        allow_private=settings.allow_private_models,  # FOLKMOOT_ALLOW_PRIVATE_MODELS=1
    )
    engine = Engine(catalogue, StoreCells(store), concurrency=settings.concurrency)  # FOLKMOOT_CONCURRENCY, 8
    engine.start()      # returns at once: one daemon thread with one event loop; litellm is imported there
    engine.close()      # at the end of the lifespan: saves what is finished, ends the embedded model; at most 5 s

Constructing does nothing slow and imports neither litellm nor xllamacpp. For pages:

- `engine.catalogue.check(model, api_base)` → the `ModelChoice` as it will be stored, or ValidationFailed (it looks the
  address up: on a button only); `.describe(workshop_id, choice)` → `ModelOffer` (label, whose key, who reads what);
  `.keys.put(workshop_id, model, api_base, key)` keeps a facilitator's key in process memory only, for exactly that
  model and address; `.settings_for(workshop_id, model, api_base)` → `ModelSettings` for a trial; `.default` is the
  server's own choice, `.is_embedded(model)` tells the embedded model.
- `engine.try_model(settings)` → `Trial` (text, latency) after one short call, or raises `ModelUnavailable`.
- `lib.llm.discover.find_better_models(engine.catalogue)` → offers found on this machine (provider keys by
  name, Ollama).
- `engine.live(response_ids)` → what is waiting or being written right now, with place in the queue and text so far.
- `engine.warm_up()` loads LiteLLM and the embedded model in the background before they are needed.
- `engine.wake()` after new cells were stored, `engine.drop_run(run_id)` after a run was stopped.
- `engine.health()` → a line about the engine for /health and `doctor`.
"""
