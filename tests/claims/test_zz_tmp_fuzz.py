from __future__ import annotations
import itertools
import pytest, re
from clearbill.claims.models import Claim
from clearbill.bill.lifecycle import Status
from tests import builders
from tests.claims.desk import Desk
from tests.claims.test_pages import typed
pytestmark = pytest.mark.django_db
NASTY = ["", " ", "x"*10000, "😀👩‍👩‍👧", "مرحبا بالعالم", "O’Neill's \"q\"", "<script>alert(1)</script>", "a\x00b\x07\x1b", "\ud800", "31/02/2026", "2026-99-99", "-5", "1e9", "NaN", "Infinity", "1.200,50", "£1,200.50", "٣", "²", "9"*400, "None", "true", "../../etc", "%s%n{{7*7}}"]
BAD = []
def go(b, method, url, data=None, **kw):
    try:
        r = getattr(b, method)(url, data or {}, **kw)
    except Exception as e:
        BAD.append((method, url[:70], {k: str(v)[:20].encode('utf8','backslashreplace') for k,v in (data or {}).items() if v in NASTY}, repr(e)[:160])); return
    if r.status_code >= 500: BAD.append((method,url,r.status_code))
    t = r.content.decode(errors="replace")
    for w in ("This field is required","Select a valid choice","Enter a valid","Enter a whole","Ensure this","ManagementForm","Null characters"):
        if w in t: BAD.append(("english", url[:60], w, re.findall(r'.{60}'+w+'.{60}', t)[:1], [str(v)[:20].encode('utf8','backslashreplace') for v in (data or {}).values() if v in NASTY][:2]))
    if "<script>alert(1)" in t: BAD.append(("xss",url))
def test_fuzz():
    desk = Desk(); b = builders.signed_in(desk.owner); b.raise_request_exception=True
    claim = desk.created(); base = typed(claim)
    for name in base:
        for v in NASTY: go(b,"post",f"/claims/{claim.pk}",{**base,name:v,"action":"save"})
        d=dict(base); del d[name]; go(b,"post",f"/claims/{claim.pk}",d)
        claim.refresh_from_db()
    go(b,"post",f"/claims/{claim.pk}",{})
    col = desk.submitted(); Claim.objects.filter(pk=col.pk).update(status=Status.COLLECTED.value)
    ok={"event":"part paid","amount":"1","received_on":"20 Nov 2026","reference":"","reason":""}
    for name in ok:
        for v in NASTY: go(b,"post",f"/claims/{col.pk}/outcome",{**ok,name:v})
    for v in NASTY:
        for k in ("tab","insurer","practitioner","move","age","sort","page","q"):
            go(b,"post","/claims/",{k:v}); go(b,"get","/claims/",{k:v.encode('utf8','replace').decode()})
        go(b,"post","/claims/standings",{"open":v}); go(b,"post","/claims/submit",{"claim":v}); go(b,"get","/claims/sending",{"since":v.encode('utf8','replace').decode()})
    # diary and invoices
    
    pr=desk.practice; pr.invoice_prefix="QQ"; pr.save(); who=desk.practitioner; cl=builders.client(pr); sv=builders.service(pr)
    ap={"key":"","client":str(cl.pk),"client_words":cl.name,"service":str(sv.pk),"practitioner":str(who.pk),"site":"","day":"24 Nov 2026","at":"10:00","minutes":"30","weeks":"1","note":""}
    for name in ap:
        for v in NASTY: go(b,"post","/calendar/new",{**ap,name:v})
        d=dict(ap); del d[name]; go(b,"post","/calendar/new",d)
    for v in NASTY:
        g=v.encode('utf8','replace').decode()
        for k in ("view","date","practitioner"): go(b,"get","/calendar/",{k:g})
        for k in ("start","end","practitioner"): go(b,"get","/calendar/events",{k:g})
        for k in ("start","date","practitioner","client"): go(b,"get","/calendar/new",{k:g})
        go(b,"post","/calendar/clients",{"words":v})
        for k in ("claim","insurer","practitioner","month","paid","sort","page"): go(b,"get","/invoices/",{k:g})
        go(b,"post","/invoices/",{"words":v}); go(b,"post","/invoices/",{"page":v,"words":"a"})
        go(b,"post","/invoices/unbilled",{"visit":v}); go(b,"get","/invoices/unbilled",{"client":g,"page":g}); go(b,"get","/invoices/new",{"client":g})
    inv={"key":"","client":str(cl.pk),"client_words":cl.name,"practitioner":str(who.pk),"site":"","insurer":"as-covered","issued_on":"20 Nov 2026","patient_paid":"","note":"","lines-TOTAL_FORMS":"1","lines-INITIAL_FORMS":"0","lines-0-service":str(sv.pk),"lines-0-treated_on":"20 Nov 2026","lines-0-description":"","lines-0-item_code":"","lines-0-units":"1","lines-0-unit_price":"50","lines-0-discount":"","lines-0-vat_rate":"0","lines-0-appointment":"","lines-0-procedure_code":"","lines-0-setting":""}
    for name in inv:
        for v in NASTY: go(b,"post","/invoices/new",{**inv,name:v}); go(b,"post","/invoices/new",{**inv,name:v,"add_line":"1"})
        d=dict(inv); del d[name]; go(b,"post","/invoices/new",d)
    go(b,"post","/invoices/new",{**inv,"lines-TOTAL_FORMS":"99999"}); go(b,"post","/invoices/new",{})
    i2=desk.invoice()
    for k in ("amount","received_on","source","reference"):
        for v in NASTY: go(b,"post",f"/invoices/{i2.pk}/payments",{"amount":"1","received_on":"20 Nov 2026","source":"patient","reference":"x",k:v})
    for v in NASTY: go(b,"post",f"/invoices/{i2.pk}/void",{"reason":v}); 
    a=builders.appointment(pr, client=cl, practitioner=who, service=sv)
    for k in ("start","end","practitioner","anyway"):
        for v in NASTY: go(b,"post",f"/calendar/{a.pk}/move",{"start":"2026-11-24T10:00","end":"2026-11-24T10:30","practitioner":"",k:v})
    for u in (f"/claims/{claim.pk}/correct",f"/claims/{claim.pk}/ask","/claims/submit","/claims/standings",f"/calendar/{a.pk}/complete",f"/invoices/from-appointment/{a.pk}"):
        r=b.get(u); assert r.status_code in (405,404), (u, r.status_code)
    seen=set(); out=open("/tmp/m2fuzz.txt","w")
    for x in BAD:
        k=str(x)[:400]
        if k not in seen: seen.add(k); print(x,file=out)
    assert not BAD
