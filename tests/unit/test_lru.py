from gpcis_backend.inference.lru import ByteBoundedCache


def test_what_was_not_used_for_longest_leaves_first() -> None:
    cache = ByteBoundedCache[str](10)
    cache.put("a", "A", 4)
    cache.put("b", "B", 4)
    cache.get("a")

    cache.put("c", "C", 4)

    assert (cache.get("a"), cache.get("b"), cache.get("c")) == ("A", None, "C")
    assert cache.num_bytes == 8


def test_an_entry_larger_than_the_cache_is_not_kept_and_drops_nothing() -> None:
    cache = ByteBoundedCache[str](10)
    cache.put("a", "A", 4)

    cache.put("b", "B", 11)

    assert (cache.get("a"), cache.get("b")) == ("A", None)


def test_putting_a_key_again_replaces_it() -> None:
    cache = ByteBoundedCache[str](10)
    cache.put("a", "A", 4)

    cache.put("a", "AA", 6)

    assert cache.get("a") == "AA"
    assert (len(cache), cache.num_bytes) == (1, 6)


def test_what_nobody_used_for_long_leaves() -> None:
    now = 0.0
    cache = ByteBoundedCache[str](10, max_idle=5, clock=lambda: now)
    cache.put("a", "A", 1)
    cache.put("b", "B", 1)

    now = 4
    cache.get("a")
    now = 6

    assert (cache.get("a"), cache.get("b"), cache.num_bytes) == ("A", None, 1)
