//! What is found in schools: believable hazards, each with where it is, what is done about it, and what it costs.

use crate::hazards::record::Category;

/// Which schools it can be found in, and who puts it right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Anywhere,
    Boarders,
    Canteen,
    Laboratory,
    Bus,
    /// Outside the gate; the letters name the department it is handed to.
    Surroundings(&'static str),
    /// A township's own place, away from any school.
    Township,
}

/// When it is found most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    Always,
    /// Spring and early summer: heavy rain.
    Rain,
    /// Autumn and winter: fire.
    Dry,
}

/// `{b}` is filled with a building, `{n}` with a floor.
#[derive(Debug)]
pub struct Template {
    pub category: Category,
    pub needs: Needs,
    pub season: Season,
    pub place: &'static str,
    pub says: &'static str,
    pub measures: &'static str,
    pub done: &'static str,
    /// Yuan, from and to; 0 where it costs nothing.
    pub yuan: (i64, i64),
}

type Line = (Category, Needs, Season, &'static str, &'static str, &'static str, &'static str, (i64, i64));

const fn line(line: &Line) -> Template {
    let (category, needs, season, place, says, measures, done, yuan) = *line;
    Template { category, needs, season, place, says, measures, done, yuan }
}

use Category as C;
use Needs::{Anywhere, Boarders, Bus, Canteen, Laboratory, Surroundings};
use Season::{Always, Dry, Rain};

#[rustfmt::skip] // One line each: a table is read by its columns.
pub static TEMPLATES: &[Template] = &[
    line(&(C::Fire, Anywhere, Dry, "{b}{n}楼楼道", "灭火器压力指针在红区，已不能使用", "更换失压灭火器，逐楼核对", "已更换灭火器2具，压力正常", (120, 600))),
    line(&(C::Fire, Anywhere, Dry, "{b}{n}楼安全出口", "应急照明灯不亮，疏散指示牌脱落", "更换应急灯，重新安装指示牌", "应急灯和指示牌已换新，断电测试正常", (150, 900))),
    line(&(C::Fire, Anywhere, Always, "{b}一楼大厅", "消火栓箱内缺水枪，水带老化", "配齐水枪，更换水带", "水枪水带已配齐，出水试验正常", (200, 800))),
    line(&(C::Fire, Anywhere, Dry, "{b}{n}楼北侧楼梯间", "楼梯间堆放旧课桌椅，占用疏散通道", "清走课桌椅，楼梯间不得堆物", "旧课桌椅已搬到仓库，通道畅通", (0, 0))),
    line(&(C::Fire, Boarders, Dry, "学生宿舍{n}楼", "寝室内私接插线板给手机充电", "收走插线板，向学生讲清危险，每晚查寝", "插线板已收走并开了寝室安全会", (0, 0))),
    line(&(C::Fire, Anywhere, Dry, "校园围墙内侧", "墙边枯草落叶成堆，遇火易燃", "组织清扫，运出校外", "枯草落叶已清运", (0, 300))),
    line(&(C::Building, Anywhere, Rain, "{b}{n}楼西侧走廊", "外墙瓷砖空鼓松动，下方为学生通道", "设警戒带，请施工队铲除松动瓷砖", "松动瓷砖已铲除并抹灰", (800, 6000))),
    line(&(C::Building, Anywhere, Rain, "{b}屋面", "落水管破裂，大雨时渗水到教室天花板", "更换落水管，修补屋面防水", "落水管已换，雨后查看无渗漏", (600, 5000))),
    line(&(C::Building, Anywhere, Always, "{b}{n}楼走廊", "护栏一处焊点脱开，可以摇动", "补焊加固，修好前专人看护", "护栏已补焊，推力检查合格", (150, 800))),
    line(&(C::Building, Anywhere, Rain, "操场东侧围墙", "围墙基脚被雨水冲空约两米，墙体微斜", "设围挡，回填夯实并加撑", "基脚已回填，墙体已加固", (1500, 9000))),
    line(&(C::Building, Anywhere, Always, "{b}{n}楼教室", "窗扇滑轮损坏，推拉时有脱落危险", "更换滑轮，加装防脱扣", "窗扇已修好并装防脱扣", (80, 500))),
    line(&(C::Building, Anywhere, Always, "运动场", "篮球架底座螺栓锈蚀松动", "停用该球架，更换螺栓", "螺栓已更换，球架恢复使用", (100, 700))),
    line(&(C::Food, Canteen, Always, "食堂留样柜", "个别菜品留样不足125克，标签没有写留样时间", "培训留样人员，配量具", "留样重量和标签已符合要求", (0, 200))),
    line(&(C::Food, Canteen, Always, "食堂粗加工间", "生熟刀具砧板混放", "分色分架存放，张贴标识", "刀具砧板已分色分架", (100, 600))),
    line(&(C::Food, Canteen, Always, "食堂仓库", "有两袋大米靠墙落地存放，缺防鼠挡板", "隔墙离地存放，安装防鼠板", "已离地存放，防鼠板已安装", (150, 700))),
    line(&(C::Food, Canteen, Always, "食堂", "一名从业人员健康证将在本月到期", "安排体检，换证前不上灶", "健康证已换新", (0, 150))),
    line(&(C::Food, Canteen, Rain, "食堂库房", "连日下雨库房潮湿，一箱干货受潮", "清出受潮食品销毁，增设除湿", "受潮食品已登记销毁，库房干燥", (100, 900))),
    line(&(C::ElectricityGas, Anywhere, Dry, "{b}{n}楼配电箱", "配电箱门缺锁，线头裸露", "整理线路，加锁并贴警示", "线路已整理，箱门已加锁", (80, 500))),
    line(&(C::ElectricityGas, Anywhere, Always, "{b}{n}楼教室", "吊扇固定螺丝松动，转动时摇晃", "断电紧固，全楼检查一遍", "吊扇已紧固，全楼已查", (0, 300))),
    line(&(C::ElectricityGas, Canteen, Dry, "食堂操作间", "燃气软管老化有裂纹，报警器电池没电", "更换软管和电池，请燃气公司检测", "软管已换，检测无泄漏", (150, 800))),
    line(&(C::ElectricityGas, Boarders, Dry, "宿舍热水房", "热水器漏电保护试验不动作", "停用并更换漏电保护器", "保护器已更换，试验动作正常", (200, 900))),
    line(&(C::Laboratory, Laboratory, Always, "化学实验室药品柜", "危险化学品领用登记缺一次签名", "补查去向，落实双人双锁双签", "账物核对相符，双签已落实", (0, 0))),
    line(&(C::Laboratory, Laboratory, Always, "物理实验室", "两张实验台插座松动", "更换插座，做接地检查", "插座已换，接地正常", (100, 500))),
    line(&(C::Stampede, Anywhere, Always, "{b}一楼楼梯口", "课间操下楼时人流集中，无人疏导", "错峰下楼，每层安排老师值守", "已定错峰表，值守老师到岗", (0, 0))),
    line(&(C::Stampede, Anywhere, Rain, "{b}{n}楼楼梯", "雨天台阶湿滑，防滑条磨损", "更换防滑条，雨天铺防滑垫", "防滑条已换新", (200, 1500))),
    line(&(C::Security, Anywhere, Always, "校门", "午间来访人员登记不全", "严格登记核验，值班领导每天查一次", "登记已规范，抽查三天无漏登", (0, 0))),
    line(&(C::Security, Anywhere, Always, "校园东北角", "一个监控摄像头画面不清，成为死角", "检修更换摄像头", "摄像头已更换，录像正常", (300, 1500))),
    line(&(C::Security, Anywhere, Always, "门卫室", "钢叉缺一把，强光手电没有电", "配齐器械，列入每日交接", "器械已配齐，交接本有记录", (100, 700))),
    line(&(C::Security, Anywhere, Always, "校园后侧围墙", "一段围墙偏低，曾有学生翻越", "加高围墙，加装防攀爬网", "围墙已加高", (2000, 9000))),
    line(&(C::SpecialEquipment, Canteen, Always, "食堂蒸饭柜", "蒸饭柜安全阀校验已过期", "停用并送检", "安全阀校验合格，恢复使用", (150, 600))),
    line(&(C::Traffic, Bus, Always, "校车停放点", "一台校车灭火器过期，安全锤缺一把", "更换配齐，出车前检查", "灭火器和安全锤已配齐", (80, 400))),
    line(&(C::Traffic, Anywhere, Rain, "校内主干道", "雨后路面有坑，接送车辆绕行靠近学生", "填补坑洼，人车分流", "路面已填平，人车分流线已划", (300, 3000))),
    line(&(C::Traffic, Surroundings("JT"), Always, "校门外公路", "门前路段缺减速带和学校警示牌", "勘查后安装减速带和警示牌", "减速带和警示牌已安装", (0, 0))),
    line(&(C::Surroundings, Surroundings("CG"), Always, "校门口", "流动摊贩占道，放学时人车混行", "放学时段定点值守，劝离摊贩", "摊贩已劝离，值守一周", (0, 0))),
    line(&(C::Surroundings, Surroundings("SC"), Always, "校门外百米内小卖部", "销售无标签的小食品", "立案检查，下架无标签食品", "无标签食品已下架，店主具结", (0, 0))),
    line(&(C::Surroundings, Surroundings("GA"), Always, "校门外巷口", "傍晚有社会青年聚集，学生反映害怕", "加强巡逻，放学时段设护学岗", "护学岗已设，近期无聚集", (0, 0))),
    line(&(C::Surroundings, Surroundings("ZJ"), Rain, "学校北侧工地", "工地围挡被风雨吹歪，靠近学生通道", "责令施工方加固围挡", "围挡已加固", (0, 0))),
    line(&(C::Water, Surroundings("SL"), Rain, "学校附近水渠", "水渠边护栏缺损，没有警示牌", "修补护栏，竖立警示牌", "护栏已修好，警示牌2块", (0, 0))),
    line(&(C::Water, Anywhere, Rain, "校园蓄水池", "池口盖板没有上锁", "加锁并设警示", "盖板已加锁", (50, 300))),
    line(&(C::Management, Anywhere, Always, "值班室", "夜间值班记录有两天没有签字", "补查情况，值班领导逐日签字", "记录已规范", (0, 0))),
    line(&(C::Management, Anywhere, Always, "安全办公室", "本月应急疏散演练没有总结和照片", "补齐资料，下次演练专人记录", "资料已补齐", (0, 0))),
    line(&(C::Other, Anywhere, Always, "绿化带", "一根枯枝悬在人行道上方", "锯除枯枝，检查全部树木", "枯枝已锯除", (0, 400))),
];

/// Places of a township's own; always handed to the township.
#[rustfmt::skip] // One line each: a table is read by its columns.
pub static TOWNSHIP_WATERS: &[Template] = &[
    line(&(C::Water, Needs::Township, Rain, "{v}山塘", "塘边没有救生圈和警示牌，暑期学生可能下水", "竖警示牌，放救生圈和竹竿，安排人巡塘", "警示牌和救生设备已到位，巡塘有记录", (0, 0))),
    line(&(C::Water, Needs::Township, Rain, "{v}河段", "河边采砂坑水深，护栏缺失", "设护栏和警示牌，村干部包段巡查", "护栏已设，巡查表上墙", (0, 0))),
    line(&(C::Traffic, Needs::Township, Always, "{v}村口", "学生上学路口视线被杂树遮挡", "清除杂树，设广角镜", "杂树已清，广角镜已装", (0, 0))),
];

/// Major ones (重大): the place goes out of use until it is put right. Invented, and never in a school that is named after
/// a real one's success.
#[rustfmt::skip] // One line each: a table is read by its columns.
pub static MAJORS: &[Template] = &[
    line(&(C::Building, Anywhere, Rain, "{b}", "鉴定为C级危房的附属平房仍作器材室使用", "停止使用，按鉴定意见加固，验收后再用", "加固完成，鉴定单位复核合格", (80_000, 300_000))),
    line(&(C::Building, Anywhere, Rain, "操场南侧挡土墙", "连续强降雨后挡土墙开裂外倾，威胁操场", "封闭操场南侧，聘请专业单位支护重建", "挡土墙已重建，监测稳定", (100_000, 400_000))),
    line(&(C::Fire, Boarders, Dry, "学生宿舍", "宿舍一侧疏散楼梯被改作储物间，仅剩一个出口", "停用该层宿舍，拆除隔断恢复楼梯", "楼梯已恢复，消防部门检查通过", (20_000, 90_000))),
    line(&(C::ElectricityGas, Canteen, Dry, "食堂燃气间", "燃气间与操作间没有实体分隔，无泄漏切断装置", "停用燃气，改造分隔，安装切断装置", "改造完成，燃气公司验收合格", (15_000, 60_000))),
];
