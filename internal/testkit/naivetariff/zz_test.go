package naivetariff
import ("testing";"time";"fmt")
func TestZ(t *testing.T){
 n:=map[string]int{}
 start:=time.Now(); k:=0
 for s:=uint64(0);s<3000;s++{
  c:=Generate(s,20)
  b,err:=Load(c.Files); if err!=nil{t.Fatal(err,string(c.Files["main.yaml"]))}
  for _,r:=range c.Requests{ a:=b.Quote(r); n[a.Error]++; k++ ; if a.Error=="" {n[fmt.Sprint("lines",min(len(a.Lines),6))]++}}
 }
 t.Log(n, time.Since(start)/time.Duration(k))
 c:=Generate(7,3); b,_:=Load(c.Files); for i:=range c.Requests{t.Log(c.Shown(i), b.Quote(c.Requests[i]))}
}
