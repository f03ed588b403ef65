"""The editions of a mail: arms of an A/B test and languages, each a template of its own beside the mail's.

Every edition has its own versions. They are named after their mail, leave the lists with it, and are never sent alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from restock_desk.domain import editions as rules
from restock_desk.domain.audience import Subscriber
from restock_desk.domain.campaigns import Review
from restock_desk.domain.editions import MOST_ARMS, Experiment, Family
from restock_desk.domain.preflight import Part
from restock_desk.domain.staff import AuditEntry
from restock_desk.domain.templates import Draft, Template, TemplateVersion
from restock_desk.errors import DeskError
from restock_desk.services import experiments
from restock_desk.services.desk import Desk
from restock_desk.store import shop as shop_
from restock_desk.store import staff
from restock_desk.store import templates as store
from restock_desk.store.database import Unit


def family(desk: Desk, template_id: int) -> Family:
    """The mail that a template is, or is an edition of, with all its editions. DeskError when there is none."""
    with desk.store.reading() as u:
        return family_in(u, template_id)


def family_in(u: Unit, template_id: int) -> Family:
    found = store.template(u, template_id)
    root = store.template(u, found.root_id) if found is not None and found.root_id is not None else found
    if root is None:
        raise DeskError("There is no such template.", "Choose another one.")
    others = [edition for edition in store.editions(u, root.id) if edition.id != root.id]
    return Family(root, (root, *others), store.experiment(u, root.id))


def parts(desk: Desk, template_id: int, written: Part | None = None, every: bool = False) -> list[Part]:
    """Every edition that a campaign launched now may send, with its newest draft, to render an audience with.

    `written` is a draft of this template, with what is ignored in it, that is not saved yet; `every` = also the
    editions that would not be sent now.
    """
    with desk.store.reading() as u:
        known = family_in(u, template_id)
        sent = {edition.id for edition in known.sent()} | ({template_id} if written is not None else set())
        listed = [edition for edition in known.editions if every or edition.id in sent]
        found = [(edition, store.version(u, edition.version_id)) for edition in listed]
    made = [_part(known, edition, version) for edition, version in found if version is not None]
    if written is None:
        return made
    own = [part._replace(draft=written.draft, ignored=written.ignored) for part in made]
    return [new if new.template_id == template_id else old for new, old in zip(own, made, strict=True)]


def parts_of(desk: Desk, review: Review) -> list[Part]:
    """The same from what a review chose."""
    with desk.store.reading() as u:
        known = family_in(u, review.template_id)
        found = [store.version(u, one.version_id) for one in review.editions]
    by_id = {edition.id: edition for edition in known.editions}
    return [
        _part(known, by_id[version.template_id], version)
        for version in found
        if version is not None and version.template_id in by_id
    ]


def _part(known: Family, edition: Template, version: TemplateVersion) -> Part:
    translations = tuple(language for language in known.of_arm(edition.arm) if language)
    return Part(
        name=rules.label(edition, len(known.arms)),
        draft=version.draft,
        ignored=version.ignored,
        languages=translations,
        own=known.root.language,
        language="" if rules.is_main(edition) else edition.language,
        template_id=edition.id,
    )


def fitter(u: Unit, family: Family) -> Callable[[Subscriber], Template]:
    """What says which edition a person would get now."""
    plan = family.plan
    if plan is None:
        return lambda person: family.fitting(0, person.locale)
    key = experiments.key_of(shop_.token_key(u), plan)
    return lambda person: family.fitting(rules.arm_of(key, person.id, plan.shares), person.locale)


def add_arm(desk: Desk, template_id: int, draft: Draft | None = None) -> Template:
    """One more variant of a mail, a copy of its newest version unless a draft is given; shares become equal.

    DeskError while a test runs that has sent already, or when there are as many as can be.
    """
    with desk.store.unit() as u:
        known = _locked(u, template_id)
        experiments.must_be_open(u, known.experiment)
        arm = max(known.arms) + 1
        if len(known.arms) > 1 and known.plan is None:
            raise DeskError("The test has ended.", "Choose a variant first, or save a split to test these again.")
        if arm >= MOST_ARMS:
            raise DeskError(f"A mail can have {MOST_ARMS} variants.", "Take one away first.")
        made = _add(desk, u, known, arm, "", draft, _version_of(u, known.root))
        shares = tuple(1 / (arm + 1) for _ in range(arm + 1))
        _set_shares(desk, u, known, shares)
        u.commit()
    return made


def add_language(desk: Desk, template_id: int, language: str, arm: int = 0, draft: Draft | None = None) -> Template:
    """The mail (or one of its variants) in one more language, first a copy. DeskError for what is no language, or is
    there already."""
    tag = rules.tag(language)
    if not tag:
        raise DeskError(f"“{language}” is no language.", "Write a code such as fr, pt-BR or zh-Hant.")
    with desk.store.unit() as u:
        known = _locked(u, template_id)
        of_arm = known.of_arm(arm)
        if "" not in of_arm:
            raise DeskError(f"This mail has no variant {rules.arm_name(arm)}.", "Add the variant first.")
        if tag in of_arm or (tag == known.root.language and arm == 0):
            raise DeskError(f"This mail is there in {tag} already.", "Open it and change its words.")
        made = _add(desk, u, known, arm, tag, draft, _version_of(u, of_arm[""]))
        u.commit()
    return made


def set_language(desk: Desk, template_id: int, language: str) -> Family:
    """Say in which language the mail itself is: who reads it gets no other. Empty = not said."""
    tag = rules.tag(language)
    if language.strip() and not tag:
        raise DeskError(f"“{language}” is no language.", "Write a code such as en, fr or pt-BR.")
    with desk.store.unit() as u:
        known = _locked(u, template_id)
        if tag in known.of_arm(0) and tag:
            raise DeskError(f"There is an edition in {tag} already.", "Take it away first.")
        store.set_language(u, known.root.id, tag)
        _record(u, desk, "template language set", known.root.id, language=tag)
        u.commit()
    return family(desk, known.root.id)


def remove(desk: Desk, template_id: int) -> Family:
    """Take an edition away; a variant goes with its languages, and the last variant moves into its place.

    It is archived: campaigns that sent it keep it. DeskError for the mail itself, and while its test goes on.
    """
    with desk.store.unit() as u:
        known = _locked(u, template_id)
        gone = next((edition for edition in known.editions if edition.id == template_id), None)
        if gone is None:
            raise DeskError("This edition was taken away already.", "Look at the mail's editions again.")
        if gone.root_id is None:
            raise DeskError("This is the mail itself.", "Archive it instead; its editions go with it.")
        leaving = [gone]
        if rules.is_main(gone):
            experiments.must_be_open(u, known.experiment)
            leaving = [edition for edition in known.editions if edition.arm == gone.arm]
        for edition in leaving:
            _shelve(u, desk, edition)
        if rules.is_main(gone):
            for edition in known.editions:
                if edition.arm > gone.arm:
                    _move(u, desk, known, edition, edition.arm - 1)
            left = len(known.arms) - 1
            if known.plan is not None:  # an ended test keeps its figures
                _set_shares(desk, u, known, tuple(1 / left for _ in range(left)))
        u.commit()
    return family(desk, known.root.id)


def set_test(
    desk: Desk,
    template_id: int,
    shares: Sequence[float],
    horizon_h: float | None = None,
    relevant: float = rules.RELEVANT,
    metric: str = "clicked",
) -> Family:
    """What part of the people gets which variant, and what the test lays down: what it is judged by, how long that is
    waited for (None = as long as it usually takes). DeskError once mails of it left."""
    horizon_h = rules.WAITS_H.get(metric, 0) if horizon_h is None else horizon_h
    with desk.store.unit() as u:
        known = _locked(u, template_id)
        experiments.must_be_open(u, known.experiment)
        if len(shares) != len(known.arms) or len(shares) < 2:
            raise DeskError(f"There are {len(known.arms)} variants, and {len(shares)} shares.", "Give each one share.")
        if metric not in rules.METRICS:
            raise DeskError(f"No test is judged by “{metric}”.", f"Choose one of {', '.join(rules.METRICS)}.")
        if not 1 <= horizon_h <= 24 * 60 or not 0 < relevant < 1:
            raise DeskError("The test cannot be laid down so.", "Wait 1 hour to 60 days, for 0 to 100 points.")
        try:
            whole = rules.whole(shares)
        except ValueError as error:
            raise DeskError("Shares are numbers above zero.", "Such as 50 and 50.") from error
        _set_shares(desk, u, known, whole, horizon_s=round(horizon_h * 3600), relevant=relevant, metric=metric)
        u.commit()
    return family(desk, known.root.id)


def decide(desk: Desk, template_id: int, arm: int, reason: str) -> Template:
    """Everybody gets this variant from now on: it becomes the newest version of the mail, the others are taken away.

    A person decides, whatever the verdict; a translation that the variant has not stays as it is. DeskError without a
    reason, or while the test goes on.
    """
    if not reason.strip():
        raise DeskError("A reason is needed.", "Say in a few words why; it is kept in the audit trail.")
    with desk.store.unit() as u:
        known = _locked(u, template_id)
        experiments.must_be_open(u, known.experiment)
        chosen, now = known.of_arm(arm), desk.now()
        if "" not in chosen or len(known.arms) < 2:
            raise DeskError(f"There is no variant {rules.arm_name(arm)} to choose.", "Look at the mail's variants.")
        words = f"Variant {rules.arm_name(arm)} was chosen"
        for language, winner in chosen.items() if arm else ():
            into = known.of_arm(0).get(language)
            if into is None:
                _move(u, desk, known, winner, 0)
            else:
                store.lock(u, into.id)
                won = _version_of(u, winner)
                store.save(u, into.id, won.draft, desk.actor.name, words, now, won.ignored)
        for edition in store.editions(u, known.root.id):
            if edition.arm:
                _shelve(u, desk, edition)
        plan = known.experiment
        if plan is not None and plan.ended_at is not None:
            plan = replace(plan, decided_at=now, decided_by=desk.actor.name, chosen=arm)
            store.set_experiment(u, known.root.id, plan)
        else:  # nothing of it was sent
            store.set_experiment(u, known.root.id, None)
        _record(u, desk, "test decided", known.root.id, reason.strip(), arm=rules.arm_name(arm))
        u.commit()
    return family(desk, known.root.id).root


def renamed(u: Unit, desk: Desk, root_id: int, name: str) -> None:
    """A mail has a new name: its editions are called after it."""
    for edition in store.editions(u, root_id, archived=True):
        if edition.id != root_id and not edition.archived:
            store.rename(u, edition.id, _free(u, name, edition.arm, edition.language, edition.id), desk.now())


def shelved(u: Unit, desk: Desk, root_id: int) -> None:
    """A mail left the lists: its editions go with it. One that is taken back comes back alone."""
    for edition in store.editions(u, root_id):
        if edition.id != root_id:
            _shelve(u, desk, edition)
    store.set_experiment(u, root_id, None)


def _locked(u: Unit, template_id: int) -> Family:
    """The family, which nobody else changes or launches until the unit ends."""
    root = family_in(u, template_id).root.id
    store.lock(u, root)
    return family_in(u, root)


def _add(
    desk: Desk, u: Unit, known: Family, arm: int, language: str, draft: Draft | None, like: TemplateVersion
) -> Template:
    """Without a draft it begins as another edition stands, with what is ignored there."""
    now = desk.now()
    made = store.create(u, _free(u, known.root.name, arm, language), now, known.root.id, arm, language)
    store.save(u, made, draft or like.draft, desk.actor.name, "", now, () if draft else like.ignored)
    _record(u, desk, "edition added", made, root=known.root.id, arm=arm, language=language)
    found = store.template(u, made)
    assert found is not None
    return found


def _shelve(u: Unit, desk: Desk, edition: Template) -> None:
    """Out of the way: archived, and its name is free again."""
    store.archive(u, edition.id, True, desk.now())
    store.rename(u, edition.id, _unused(u, f"{edition.name[:180]} (taken away)", edition.id), desk.now())
    _record(u, desk, "edition taken away", edition.id)


def _move(u: Unit, desk: Desk, known: Family, edition: Template, arm: int) -> None:
    store.set_arm(u, edition.id, arm)
    store.rename(u, edition.id, _free(u, known.root.name, arm, edition.language, edition.id), desk.now())


def _set_shares(desk: Desk, u: Unit, known: Family, shares: tuple[float, ...], **laid: Any) -> None:
    """Lay the next test down, or take it away where one variant is left. `laid`: what else of it is said now."""
    before = known.experiment if known.experiment is not None and known.experiment.ended_at is None else None
    if len(shares) < 2:
        return store.set_experiment(u, known.root.id, None)
    plan = before or Experiment(experiments.new_key(), shares, began_at=desk.now())
    new = replace(plan, shares=shares, **laid)
    store.set_experiment(u, known.root.id, new)
    return _record(
        u, desk, "test laid down", known.root.id, shares=[round(share, 4) for share in shares], metric=new.metric
    )


def _version_of(u: Unit, edition: Template) -> TemplateVersion:
    version = store.version(u, edition.version_id)
    assert version is not None
    return version


def _free(u: Unit, name: str, arm: int, language: str, own: int = 0) -> str:
    """“Name · B · fr”, made different from every other name."""
    ending = "".join(f" · {part}" for part in (rules.arm_name(arm) if arm else "", language) if part)
    return _unused(u, f"{name[: 180 - len(ending)]}{ending}", own)


def _unused(u: Unit, wanted: str, own: int) -> str:
    name, number = wanted, 2
    while (found := store.template_by_name(u, name)) is not None and found.id != own:
        name, number = f"{wanted} {number}", number + 1
    return name


def _record(u: Unit, desk: Desk, action: str, template_id: int, reason: str = "", **details: object) -> None:
    subject = f"template {template_id}"
    staff.record(u, AuditEntry(desk.now(), desk.actor.name, action, subject, reason, dict(details)))
